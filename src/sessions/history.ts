import type { Instant } from '#src/platform/clock.ts'
import type { Client } from '#src/sessions/session.ts'
import type { FactorKind } from '#src/users/factor.ts'

export type SignInOutcome =
  | 'signed_in'
  | 'wrong_credentials'
  | 'wrong_code'
  | 'disabled'
  /** Rejected without a check, after too many attempts. */
  | 'limited'
  /** The first factor was proven, but not the second. */
  | 'abandoned'

/** One row of a user's history: an attempt to sign in, or several in a row with the same result. */
export type SignIn = {
  readonly id: string
  readonly userId: string | undefined
  readonly sessionId: string | undefined
  readonly at: Instant
  readonly outcome: SignInOutcome
  readonly method: FactorKind
  /** The number of attempts. */
  readonly attempts: number
  readonly client: Client
}
