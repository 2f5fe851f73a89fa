import type { Instant } from '#src/platform/clock.ts'
import type { Client } from '#src/sessions/session.ts'

export type SignInOutcome = 'signed_in' | 'wrong_credentials' | 'disabled'

/** One line of a person's history: an attempt to sign in, good or bad. */
export type SignIn = {
  readonly id: string
  readonly userId: string | undefined
  readonly sessionId: string | undefined
  readonly at: Instant
  readonly outcome: SignInOutcome
  readonly method: string
  readonly client: Client
}
