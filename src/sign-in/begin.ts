import type { By } from '#src/audit/by.ts'
import { isTrustedDevice } from '#src/credentials/trusted-devices/trust.ts'
import { AppError } from '#src/errors/errors.ts'
import { randomId } from '#src/platform/random.ts'
import type { Client } from '#src/sessions/session.ts'
import {
  attemptLifetimeMs,
  newAttempt,
  type PendingAttempt,
  type Policy,
  type Purpose,
} from '#src/sign-in/attempt.ts'
import { countGuess } from '#src/sign-in/guesses.ts'
import { countSignIn } from '#src/sign-in/outcomes.ts'
import { recordLimited } from '#src/sign-in/record-limited.ts'
import { findByLogin } from '#src/users/find.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

export type Beginning = {
  readonly login: string
  readonly client: Client
  /** The known-browser cookie, as it was presented. */
  readonly knownBrowser: string | undefined
  readonly by: By
}

export type Begun = {
  readonly user: User | undefined
  /** Whether the browser has signed in as this user before. */
  readonly isKnown: boolean
  /** Gives the counted guess back, once it has turned out to be right. */
  readonly takeBack: () => Promise<void>
}

/**
 * Finds the user of a login and counts the guess, before anything is checked. An unknown login is counted
 * alike. Throws `too_many_attempts`.
 */
export async function begin(world: World, beginning: Beginning): Promise<Begun> {
  const user = await findByLogin(world.db.query, beginning.login)
  const guess = await countGuess(world, { ...beginning, user })
  if (guess.kind === 'counted') return { user, isKnown: guess.isKnown, takeBack: guess.takeBack }
  await recordLimited(world, { user, client: beginning.client, isFirst: guess.isFirst })
  countSignIn(world, 'limited')
  throw new AppError('too_many_attempts', { retryAfterSeconds: Math.ceil(guess.againInMs / 1000) })
}

/** An attempt of a user that was found. It has no row, and needs none unless a second factor is due. */
export function attemptOf(
  { random, clock }: World,
  { user, client, purpose, forPages }: { user: User; client: Client; purpose: Purpose; forPages: boolean },
): PendingAttempt {
  return newAttempt({
    id: randomId(random),
    userId: user.id,
    signature: user.signature,
    purpose,
    client,
    forPages,
    expiresAt: clock.now() + attemptLifetimeMs,
  })
}

/** What is asked of a user beyond the first factor, by the settings and by what they have. */
export function policyFor({ settings }: Pick<World, 'settings'>, user: User): Policy {
  const { secondFactors, roles } = user
  const isRequired =
    settings.mfa === 'required' || roles.some((role) => settings.mfaRequiredRoles.includes(role))
  return { secondFactors, enroll: isRequired && secondFactors.length === 0 ? ['totp'] : [] }
}

/** A device that the user trusts is not asked for the second factor that was shown there before. */
const trustedPolicy: Policy = { secondFactors: [], enroll: [] }

/**
 * The same for a sign-in, which may come from a trusted device. Call it once the first factor was right:
 * before that the look-up of the device would reveal something.
 */
export async function policyOnDevice(
  world: World,
  { user, trustedDevice: cookie }: { user: User; trustedDevice: string | undefined },
): Promise<Policy> {
  const policy = policyFor(world, user)
  const isAsked = policy.secondFactors.length > 0
  return isAsked && (await isTrustedDevice(world, { user, cookie })) ? trustedPolicy : policy
}
