import type { By } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { readOpaqueToken } from '#src/keys/opaque-token.ts'
import { hashOf } from '#src/sessions/handle.ts'
import { recordFailure } from '#src/sessions/record-failure.ts'
import { maxTries, next, type PendingAttempt } from '#src/sign-in/attempt.ts'
import { failAttempt, pendingAttempt, type Try, takeTry } from '#src/sign-in/attempts.sql.ts'
import { policyFor } from '#src/sign-in/begin.ts'
import { notAvailable, type Presented, proveFactor } from '#src/sign-in/factors.ts'
import { finish, type SignedIn } from '#src/sign-in/finish.ts'
import { countSignIn } from '#src/sign-in/outcomes.ts'
import type { Factor, FactorKind } from '#src/users/factor.ts'
import type { User } from '#src/users/user.ts'
import { findUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

export type Step = {
  readonly mfaToken: string
  readonly method: FactorKind
  readonly presented: Presented
  readonly by: By
}

/** What is proven so far, and by whom. */
export type Proven = { readonly attempt: PendingAttempt; readonly user: User }

/** Proves a further factor of an attempt at rest, and signs in where nothing more is due. */
export async function continueSignIn(world: World, step: Step): Promise<SignedIn> {
  const { attempt, user } = await proveStep(world, step, ['sign_in', 'sign_up'])
  if (attempt.due.length > 0) throw new AppError('attempt_expired')
  const signedIn = await finish(world, { attempt, user, freshHash: undefined, by: step.by, isStored: true })
  if (!signedIn) throw new AppError('attempt_expired')
  countSignIn(world, 'none')
  return signedIn
}

/** Proves one more factor. A wrong one counts as a try; after five the attempt has failed. */
export async function proveStep(
  world: World,
  { mfaToken, method, presented }: Step,
  purposes: readonly PendingAttempt['purpose'][],
): Promise<Proven> {
  const tokenHash = tokenHashOf(world, mfaToken)
  const { query } = world.db
  const taken = tokenHash && (await takeTry(query, tokenHash, world.clock.now()))
  if (!taken || !purposes.includes(taken.attempt.purpose)) throw new AppError('attempt_expired')
  const { attempt } = taken
  const user = await findUser(query, attempt.userId)
  const isSame = user?.state === 'active' && user.signature === attempt.signature
  if (!isSame) throw new AppError('attempt_expired')
  if (!attempt.due.includes(method)) throw notAvailable()
  const proving = {
    user,
    presented,
    client: attempt.client,
    boundTo: attempt.id,
    purpose: 'second_factor',
  } as const
  const factor = await proveFactor(world, method, proving).catch(async (error) => {
    await recordWrong(world, { taken, user, method })
    throw error
  })
  return { attempt: after(attempt, factor, user), user }
}

function after(attempt: PendingAttempt, factor: Factor, user: User): PendingAttempt {
  return next(attempt, factor, policyFor(user))
}

async function recordWrong(
  world: World,
  { taken, user, method }: { taken: Try; user: User; method: FactorKind },
): Promise<void> {
  const { attempt, tries } = taken
  if (tries < maxTries || !(await failAttempt(world.db.query, attempt.id))) return
  countSignIn(world, 'wrong_code')
  await recordFailure(world, { user, client: attempt.client, method, outcome: 'wrong_code' })
}

/** Returns what a pending attempt asks for, for the page or the client that shows it. */
export async function dueOf(world: World, mfaToken: string): Promise<PendingAttempt | undefined> {
  const tokenHash = tokenHashOf(world, mfaToken)
  return tokenHash === undefined ? undefined : pendingAttempt(world.db.query, tokenHash, world.clock.now())
}

function tokenHashOf({ keys }: World, mfaToken: string): string | undefined {
  const secret = readOpaqueToken(keys, 'mfa_token', mfaToken)
  return secret === undefined ? undefined : hashOf(secret)
}
