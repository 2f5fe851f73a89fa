import type { By } from '#src/audit/by.ts'
import { isTrustedDevice } from '#src/credentials/trusted-devices/trust.ts'
import { AppError } from '#src/errors/errors.ts'
import { randomId } from '#src/platform/random.ts'
import type { Client } from '#src/sessions/session.ts'
import { canSendMail } from '#src/settings/settings.ts'
import {
  attemptLifetimeMs,
  newAttempt,
  type PendingAttempt,
  type Policy,
  type Purpose,
} from '#src/sign-in/attempt.ts'
import { countGuess } from '#src/sign-in/guesses.ts'
import { countFailure } from '#src/sign-in/outcomes.ts'
import { recordLimited } from '#src/sign-in/record-limited.ts'
import type { FactorKind } from '#src/users/factor.ts'
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
  /** Returns the counted guess, once it has turned out to be correct. */
  readonly takeBack: () => Promise<void>
}

/**
 * Finds the user of a login and counts the guess, before anything is checked. An unknown login is counted in
 * the same way. Throws `too_many_attempts`.
 */
export async function begin(world: World, beginning: Beginning): Promise<Begun> {
  const user = await findByLogin(world.db.query, beginning.login)
  const guess = await countGuess(world, { ...beginning, user })
  if (guess.kind === 'counted') return { user, isKnown: guess.isKnown, takeBack: guess.takeBack }
  await recordLimited(world, { user, client: beginning.client, isFirst: guess.isFirst })
  countFailure(world, 'limited', { by: beginning.by, method: 'password', user })
  throw new AppError('too_many_attempts', { retryAfterSeconds: Math.ceil(guess.againInMs / 1000) })
}

/** An attempt of a known user. It has no row, and needs none unless a second factor is due. */
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

/**
 * NIST SP 800-63B-4 section 3.2.2: after this many wrong passwords in a row, a password alone is not enough.
 */
const maxFailedPasswords = 100

/** The second factors that a user needs after this first factor, by the settings and the user's factors. */
export function policyFor({ settings }: Pick<World, 'settings'>, user: User, first: FactorKind): Policy {
  const { secondFactors, roles, hasPasskey } = user
  if (secondFactors.length > 0) return { secondFactors: furtherFactors(user, first), enroll: [] }
  const passkey: FactorKind[] = hasPasskey ? ['passkey'] : []
  if (isLocked(user, first)) {
    const mayMail = user.emailVerifiedAt !== undefined && canSendMail(settings)
    return { secondFactors: [...passkey, ...(mayMail ? (['email_code'] as const) : [])], enroll: [] }
  }
  const isRequired =
    settings.mfa === 'required' || roles.some((role) => settings.mfaRequiredRoles.includes(role))
  if (!isRequired) return { secondFactors: [], enroll: [] }
  // A stolen password must not add a factor to an account with a passkey.
  return hasPasskey ? { secondFactors: passkey, enroll: [] } : { secondFactors: [], enroll: ['totp'] }
}

/**
 * If codes by mail are the second factor and the first one was a message too, another one proves nothing new:
 * then the password is required, or another factor. Something is always due.
 */
function furtherFactors({ secondFactors, passwordHash }: User, first: FactorKind): readonly FactorKind[] {
  const isMessage = first === 'email_code' || first === 'magic_link'
  if (!isMessage || !secondFactors.includes('email_code')) return secondFactors
  const others = secondFactors.filter((kind) => kind !== 'email_code')
  const further = passwordHash === undefined ? others : [...others, 'password' as const]
  return further.length > 0 ? further : ['recovery_code']
}

/** Whether the password alone is no longer enough, and the user has no other factor. */
export function isLockedOut(world: World, user: User, first: FactorKind): boolean {
  return isLocked(user, first) && policyFor(world, user, first).secondFactors.length === 0
}

function isLocked(user: User, first: FactorKind): boolean {
  return first === 'password' && isPasswordLocked(user)
}

/** After so many wrong ones in a row a right password is not enough. */
export function isPasswordLocked({ failedPasswords }: Pick<User, 'failedPasswords'>): boolean {
  return failedPasswords >= maxFailedPasswords
}

/** On a trusted device the second factor is skipped. */
const trustedPolicy: Policy = { secondFactors: [], enroll: [] }

/**
 * The same for a sign-in, which may come from a trusted device. Must be called after the first factor was
 * correct: before that, looking up the device would reveal something.
 */
export async function policyOnDevice(
  world: World,
  {
    user,
    first,
    trustedDevice: cookie,
  }: { user: User; first: FactorKind; trustedDevice: string | undefined },
): Promise<Policy> {
  const policy = policyFor(world, user, first)
  const maySkip = policy.secondFactors.length > 0 && !isLocked(user, first)
  return maySkip && (await isTrustedDevice(world, { user, cookie })) ? trustedPolicy : policy
}
