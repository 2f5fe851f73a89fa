import type { Instant } from '#src/platform/clock.ts'
import type { Client } from '#src/sessions/session.ts'
import type { FactorKind } from '#src/users/factor.ts'

export type SignInOutcome =
  | 'signed_in'
  | 'wrong_credentials'
  | 'wrong_code'
  | 'disabled'
  /** Turned away unchecked, after too many attempts. */
  | 'limited'
  /** The first factor was proven, and a further one never was. */
  | 'abandoned'

/** One line of a user's history: an attempt to sign in, or several in a row that ended alike. */
export type SignIn = {
  readonly id: string
  readonly userId: string | undefined
  readonly sessionId: string | undefined
  readonly at: Instant
  readonly outcome: SignInOutcome
  readonly method: FactorKind
  /** How many attempts the line stands for. */
  readonly attempts: number
  readonly client: Client
}
