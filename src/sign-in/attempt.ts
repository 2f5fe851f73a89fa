import type { Instant } from '#src/platform/clock.ts'
import type { Client } from '#src/sessions/session.ts'
import { type Factor, type FactorKind, factorTraits, levelOf } from '#src/users/factor.ts'

/** The purpose of an attempt. `reset` sets a new password once a second factor is proven too. */
export type Purpose = 'sign_in' | 'sign_up' | 'step_up' | 'reset'

type Common = {
  readonly id: string
  readonly userId: string
  /**
   * The user's signature when the attempt began: a change of it, for example by a new password, ends the
   * attempt.
   */
  readonly signature: string
  readonly purpose: Purpose
  readonly client: Client
  readonly forPages: boolean
  readonly proven: readonly Factor[]
  readonly expiresAt: Instant
}

/** Any one of `due` continues the attempt. With nothing due, it can be finished. */
export type PendingAttempt = Common & { readonly state: 'pending'; readonly due: readonly FactorKind[] }

export type Attempt = PendingAttempt | (Common & { readonly state: 'finished' | 'failed' })

export type Policy = {
  /** The second factors of this user, any one of which is required. */
  readonly secondFactors: readonly FactorKind[]
  /** The factors that a user without a second factor can set up, any one of which is required. */
  readonly enroll: readonly FactorKind[]
}

/** How long an attempt waits for the next factor. */
export const attemptLifetimeMs = 10 * 60 * 1000

/** After this many wrong codes an attempt has failed: the first factor has to be proven again. */
export const maxTries = 5

/** The factors that a sign-in can begin with. */
const firstFactors: readonly FactorKind[] = ['password', 'passkey', 'email_code', 'magic_link', 'upstream']

export function newAttempt(about: Omit<Common, 'proven'>): PendingAttempt {
  return { ...about, proven: [], state: 'pending', due: firstFactors }
}

/**
 * Returns the attempt after one more proof. This is the only place that decides whether the proofs are
 * enough.
 */
export function next(attempt: PendingAttempt, factor: Factor, policy: Policy): PendingAttempt {
  if (attempt.purpose !== 'step_up' && !attempt.due.includes(factor.kind))
    throw new Error(`The factor ${factor.kind} was not due`)
  const proven = [...attempt.proven, factor]
  return { ...attempt, proven, due: isEnough(attempt, proven, policy) ? [] : dueAfter(proven, policy) }
}

function isEnough(
  { purpose }: PendingAttempt,
  proven: readonly Factor[],
  { secondFactors, enroll }: Policy,
): boolean {
  const isOneEnough = secondFactors.length === 0 && enroll.length === 0
  return purpose === 'step_up' || isOneEnough || levelOf(proven) === 'aal2'
}

/** A factor of the same category is not a second factor. */
function dueAfter(proven: readonly Factor[], { secondFactors, enroll }: Policy): FactorKind[] {
  if (secondFactors.length === 0) return [...enroll]
  const isMailShown = proven.some(({ kind }) => kind === 'email_code' || kind === 'magic_link')
  return secondFactors.filter((kind) => {
    const isSame = proven.some((one) => one.kind === kind) || (kind === 'email_code' && isMailShown)
    return !isSame && factorTraits[kind] !== undefined
  })
}
