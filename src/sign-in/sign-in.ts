import { refuseLeaving } from '#src/accounts/restore.ts'
import type { By } from '#src/audit/by.ts'
import { type PasswordProof, provePassword } from '#src/credentials/passwords/prove.ts'
import { AppError } from '#src/errors/errors.ts'
import { recordFailure } from '#src/sessions/record-failure.ts'
import type { Client } from '#src/sessions/session.ts'
import { next } from '#src/sign-in/attempt.ts'
import { attemptOf, type Begun, begin, policyOnDevice } from '#src/sign-in/begin.ts'
import { checkLeak } from '#src/sign-in/leaked-password.ts'
import { countFailure, countSignIn } from '#src/sign-in/outcomes.ts'
import { proceed, type SignInResult } from '#src/sign-in/proceed.ts'
import { whyUnready } from '#src/sign-in/unready.ts'
import { findByLogin } from '#src/users/find.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

export type SigningIn = {
  readonly login: string
  readonly password: string
  readonly client: Client
  readonly forPages: boolean
  /** The known-browser cookie, as it was presented. */
  readonly knownBrowser: string | undefined
  /** The cookie of a trusted device, as it was presented. */
  readonly trustedDevice: string | undefined
  readonly by: By
}

/** A role or a name may change while a password is checked: that alone does not invalidate it. */
const maxRounds = 3

/**
 * Signs in with a password in one call: begin, prove, finish. An unknown login, a wrong password and a
 * disabled user get the same result after the same work: one lookup, one counted guess, one hash, one history
 * row.
 */
export async function signIn(world: World, input: SigningIn): Promise<SignInResult> {
  const { client, by, forPages, knownBrowser, trustedDevice } = input
  const begun = await begin(world, input)
  let user = begun.user
  let proof = await proveOnce(world, input, begun)
  for (let round = 0; user?.state === 'active' && proof && round < maxRounds; round++) {
    const unready = await whyUnready(world, user, 'password')
    if (unready) {
      await begun.takeBack()
      throw unready
    }
    user = await checkLeak(world, { user, password: input.password, by })
    const begunAttempt = attemptOf(world, { user, client, purpose: 'sign_in', forPages })
    const policy = await policyOnDevice(world, { user, first: 'password', trustedDevice })
    const attempt = next(begunAttempt, proof.factor, policy)
    const result = await proceed(world, { attempt, user, freshHash: proof.freshHash, by, knownBrowser })
    if (result) {
      await begun.takeBack()
      if (result.kind === 'signed_in') countSignIn(world)
      return result
    }
    const again = await sameUserAgain(world, input, { user, proof, isKnown: begun.isKnown })
    user = again?.user
    proof = again?.proof
  }
  if (user && proof && begun.user?.id === user.id) await refuseLeavingUser(world, user, begun)
  await recordFailure(world, { user, client, method: 'password' })
  // Counted as disabled only if the password was correct: the metric must not reveal who has an account.
  const reason = proof && user?.state === 'disabled' ? 'disabled' : 'wrong_credentials'
  countFailure(world, reason, { by, method: 'password', user })
  throw new AppError('wrong_credentials')
}

/** The correct password of an account that is being deleted does not count as a guess. */
async function refuseLeavingUser(world: World, user: User, { takeBack }: Begun): Promise<void> {
  if (user.deletesAt === undefined) return
  await takeBack()
  await refuseLeaving(world, user)
}

async function proveOnce(
  world: World,
  { password, client, by }: SigningIn,
  { user, isKnown }: Pick<Begun, 'user' | 'isKnown'>,
): Promise<PasswordProof | undefined> {
  return provePassword(world, { user, password, address: client.address, isKnown }).catch((error) => {
    if (error instanceof AppError) countFailure(world, 'busy', { by, method: 'password', user })
    throw error
  })
}

/**
 * Reads the user again after a concurrent change. Another sign-in may have replaced an outdated hash in the
 * meantime; then the password is checked against the new one.
 */
async function sameUserAgain(
  world: World,
  input: SigningIn,
  seen: { user: User; proof: PasswordProof; isKnown: boolean },
): Promise<{ user: User; proof: PasswordProof } | undefined> {
  const user = await findByLogin(world.db.query, input.login)
  if (user?.id !== seen.user.id) return undefined
  if (user.passwordHash === seen.user.passwordHash) return { user, proof: seen.proof }
  const proof = await proveOnce(world, input, { user, isKnown: seen.isKnown })
  return proof && { user, proof }
}
