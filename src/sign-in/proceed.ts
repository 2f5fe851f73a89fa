import type { By } from '#src/audit/by.ts'
import { writeOpaqueToken } from '#src/keys/opaque-token.ts'
import { randomId } from '#src/platform/random.ts'
import { hashOf } from '#src/sessions/handle.ts'
import type { PendingAttempt } from '#src/sign-in/attempt.ts'
import { insertAttempt } from '#src/sign-in/attempts.sql.ts'
import { policyFor } from '#src/sign-in/begin.ts'
import { finish, type SignedIn } from '#src/sign-in/finish.ts'
import { BrokenReference } from '#src/store/db.ts'
import type { FactorKind } from '#src/users/factor.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

export type SignInResult =
  | ({ readonly kind: 'signed_in' } & SignedIn)
  | {
      readonly kind: 'mfa_required'
      /** Identifies the attempt in the next step and grants nothing else. The database stores its hash. */
      readonly mfaToken: string
      /** Any one of these continues the sign-in. */
      readonly methods: readonly FactorKind[]
      /**
       * Any one of these has to be set up first: the user has no second factor, and the policy requires one.
       */
      readonly enroll: readonly FactorKind[]
      readonly user: User
    }
  | {
      /** An administrator chose the password: it must be replaced before a session is opened. */
      readonly kind: 'password_change_required'
      readonly mfaToken: string
    }

type Step = {
  readonly attempt: PendingAttempt
  readonly user: User
  readonly freshHash: string | undefined
  readonly by: By
  /** The known-browser cookie, as it was presented. */
  readonly knownBrowser: string | undefined
}

/**
 * After the first factor: signs in if nothing further is due, otherwise stores the attempt. Returns undefined
 * if the user has changed or is gone.
 */
export async function proceed(world: World, step: Step): Promise<SignInResult | undefined> {
  const { attempt, user } = step
  if (attempt.due.length > 0) {
    const mfaToken = await rest(world, attempt)
    if (mfaToken === undefined) return undefined
    return { kind: 'mfa_required', mfaToken, ...askedOf(world, attempt, user), user }
  }
  if (mustChangePassword(attempt, user)) {
    const mfaToken = await rest(world, { ...attempt, purpose: 'reset' })
    return mfaToken === undefined ? undefined : { kind: 'password_change_required', mfaToken }
  }
  const signedIn = await finish(world, { ...step, isStored: false })
  return signedIn && { kind: 'signed_in', ...signedIn }
}

/** The next step of a stored attempt: a factor of the user, or one to be set up. */
export function askedOf(
  world: Pick<World, 'settings'>,
  { due, proven }: PendingAttempt,
  user: User,
): { methods: readonly FactorKind[]; enroll: readonly FactorKind[] } {
  const { enroll } = policyFor(world, user, proven[0]?.kind ?? 'password')
  const mayEnroll = (kind: FactorKind) => enroll.includes(kind)
  return { methods: due.filter((kind) => !mayEnroll(kind)), enroll: due.filter(mayEnroll) }
}

/** Only if the password was used: a user who proves another factor may not know it. */
export function mustChangePassword({ proven }: PendingAttempt, { passwordMustChangeAt }: User): boolean {
  return passwordMustChangeAt !== undefined && proven.some(({ kind }) => kind === 'password')
}

/** Undefined if the user was deleted meanwhile. */
async function rest(world: World, attempt: PendingAttempt): Promise<string | undefined> {
  const { mfaToken, tokenHash } = newMfaToken(world)
  try {
    await insertAttempt(world.db.query, { attempt, tokenHash })
    return mfaToken
  } catch (error) {
    if (error instanceof BrokenReference) return undefined
    throw error
  }
}

/** The token identifies an attempt; only its hash is stored. */
export function newMfaToken({ random, keys }: World): { mfaToken: string; tokenHash: string } {
  const secret = randomId(random)
  return { mfaToken: writeOpaqueToken(keys, 'mfa_token', secret), tokenHash: hashOf(secret) }
}
