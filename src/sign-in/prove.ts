import { enrolTotp } from '#src/accounts/totp.ts'
import type { By } from '#src/audit/by.ts'
import type { Enrolment } from '#src/credentials/totp/enrol.ts'
import { trustDevice } from '#src/credentials/trusted-devices/trust.ts'
import { AppError } from '#src/errors/errors.ts'
import { readOpaqueToken } from '#src/keys/opaque-token.ts'
import { hashOf } from '#src/sessions/handle.ts'
import { recordFailure } from '#src/sessions/record-failure.ts'
import { maxTries, next, type PendingAttempt, type Policy } from '#src/sign-in/attempt.ts'
import { failAttempt, pendingAttempt, type Try, takeTry, turnIntoReset } from '#src/sign-in/attempts.sql.ts'
import { policyFor } from '#src/sign-in/begin.ts'
import {
  notAvailable,
  type Presented,
  type Proving,
  proveFactor,
  proveFirstCode,
} from '#src/sign-in/factors.ts'
import { finish, type SignedIn } from '#src/sign-in/finish.ts'
import { finishReset } from '#src/sign-in/finish-reset.ts'
import { countFailure, countSignIn } from '#src/sign-in/outcomes.ts'
import { mustChangePassword } from '#src/sign-in/proceed.ts'
import type { Factor, FurtherKind } from '#src/users/factor.ts'
import type { User } from '#src/users/user.ts'
import { findUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

export type Step = {
  readonly mfaToken: string
  readonly method: FurtherKind
  readonly presented: Presented
  /** Whether our own pages call. An attempt continues where it began, on pages or with the API. */
  readonly forPages: boolean
  readonly by: By
  /** The known-browser cookie, as it was presented. */
  readonly knownBrowser: string | undefined
}

/** The proven factors so far, and the user. */
export type Proven = {
  readonly attempt: PendingAttempt
  readonly user: User
  /** New codes, for a user who set up a second factor in this step. */
  readonly recoveryCodes?: readonly string[] | undefined
}

export type Completed = SignedIn & {
  readonly recoveryCodes: readonly string[] | undefined
  /** The cookie of the device, if it should be trusted. */
  readonly trustedDevice: string | undefined
}

export type Continued =
  | ({ readonly kind: 'signed_in' } & Completed)
  | {
      readonly kind: 'password_change_required'
      readonly mfaToken: string
      readonly recoveryCodes: readonly string[] | undefined
    }
  /** The attempt was a reset: the new password is set. */
  | { readonly kind: 'reset' }

/** Proves a further factor of a stored attempt, and signs in if nothing more is due. */
export async function continueSignIn(
  world: World,
  step: Step & { readonly trustsDevice: boolean },
): Promise<Continued> {
  const { attempt, user, recoveryCodes } = await proveStep(world, step, ['sign_in', 'sign_up', 'reset'])
  if (attempt.due.length > 0) throw new AppError('attempt_expired')
  const { by, mfaToken, knownBrowser, trustsDevice } = step
  if (attempt.purpose === 'reset') {
    await finishReset(world, { attempt, user, by })
    return { kind: 'reset' }
  }
  if (mustChangePassword(attempt, user)) {
    if (!(await turnIntoReset(world.db.query, attempt))) throw new AppError('attempt_expired')
    return { kind: 'password_change_required', mfaToken, recoveryCodes }
  }
  const finishing = { attempt, user, freshHash: undefined, by, knownBrowser, isStored: true }
  const signedIn = await finish(world, finishing)
  if (!signedIn) throw new AppError('attempt_expired')
  countSignIn(world)
  const { client } = attempt
  const trustedDevice = trustsDevice ? await trustDevice(world, { user, client, by }) : undefined
  return { kind: 'signed_in', ...signedIn, recoveryCodes, trustedDevice }
}

/** Proves one more factor. A wrong proof counts as a try; after five the attempt has failed. */
async function proveStep(
  world: World,
  { mfaToken, method, presented, forPages, by }: Step,
  purposes: readonly PendingAttempt['purpose'][],
): Promise<Proven> {
  const tokenHash = tokenHashOf(world, mfaToken)
  const { query } = world.db
  const taken = tokenHash && (await takeTry(query, tokenHash, world.clock.now()))
  if (!taken || !purposes.includes(taken.attempt.purpose)) throw new AppError('attempt_expired')
  const { attempt } = taken
  if (attempt.forPages !== forPages) throw new AppError('attempt_expired')
  const user = await userOf(world, attempt)
  if (!attempt.due.includes(method)) throw notAvailable()
  const bound = { client: attempt.client, boundTo: attempt.id, purpose: 'second_factor' } as const
  const proving = { user, presented, ...bound, by }
  const proof = await proveOrEnroll(world, attempt, { method, proving }).catch(async (error) => {
    await recordWrong(world, { taken, user, method, by })
    throw error
  })
  // The proof itself may have changed the factors: one was set up, or the last recovery code was used.
  const userNow = await userOf(world, attempt)
  const policy = policyAfter(world, attempt, userNow)
  return { attempt: next(attempt, proof.factor, policy), user: userNow, recoveryCodes: proof.recoveryCodes }
}

/** The user of an attempt. Throws if the user was disabled, or the signature has changed since it began. */
async function userOf({ db }: World, { userId, signature }: PendingAttempt): Promise<User> {
  const user = await findUser(db.query, userId)
  const isSame = user?.state === 'active' && user.signature === signature
  if (!isSame) throw new AppError('attempt_expired')
  return user
}

function policyAfter(world: World, { proven }: PendingAttempt, user: User): Policy {
  return policyFor(world, user, proven[0]?.kind ?? 'password')
}

async function proveOrEnroll(
  world: World,
  attempt: PendingAttempt,
  { method, proving }: { method: FurtherKind; proving: Proving },
): Promise<{ factor: Factor; recoveryCodes?: readonly string[] | undefined }> {
  const { secondFactors, enroll } = policyAfter(world, attempt, proving.user)
  if (secondFactors.length > 0) return { factor: await proveFactor(world, method, proving) }
  // The factor was removed in the meantime, which changes the required factors.
  if (!enroll.includes(method)) throw new AppError('attempt_expired')
  return proveFirstCode(world, proving)
}

async function recordWrong(
  world: World,
  { taken, user, method, by }: { taken: Try; user: User; method: FurtherKind; by: By },
): Promise<void> {
  const { attempt, tries } = taken
  if (tries < maxTries || !(await failAttempt(world.db.query, attempt.id))) return
  countFailure(world, 'wrong_code', { by, method, user })
  await recordFailure(world, { user, client: attempt.client, method, outcome: 'wrong_code' })
}

/** Returns the factors that a pending attempt requires. */
export async function dueOf(world: World, mfaToken: string): Promise<PendingAttempt | undefined> {
  const tokenHash = tokenHashOf(world, mfaToken)
  return tokenHash === undefined ? undefined : pendingAttempt(world.db.query, tokenHash, world.clock.now())
}

/** Returns a pending attempt and its user, for the page that shows what is due. */
export async function pendingSignIn(
  world: World,
  { mfaToken, forPages }: { mfaToken: string; forPages: boolean },
): Promise<Proven | undefined> {
  const attempt = await dueOf(world, mfaToken)
  if (!attempt || attempt.forPages !== forPages) return undefined
  const user = await findUser(world.db.query, attempt.userId)
  const isSame = user?.state === 'active' && user.signature === attempt.signature
  return isSame ? { attempt, user } : undefined
}

/** Begins the setup of an authenticator app during a sign-in whose policy requires one. */
export async function enrollInSignIn(
  world: World,
  pending: { mfaToken: string; forPages: boolean },
): Promise<Enrolment> {
  const found = await pendingSignIn(world, pending)
  const isWanted = found && policyAfter(world, found.attempt, found.user).enroll.includes('totp')
  if (!found || !isWanted) throw new AppError('attempt_expired')
  return enrolTotp(world, { user: found.user, boundTo: found.attempt.id, name: undefined })
}

function tokenHashOf({ keys }: World, mfaToken: string): string | undefined {
  const secret = readOpaqueToken(keys, 'mfa_token', mfaToken)
  return secret === undefined ? undefined : hashOf(secret)
}
