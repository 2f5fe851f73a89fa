import type { Instant } from '#src/platform/clock.ts'
import type { Client } from '#src/sessions/session.ts'

/** A browser or program that need not show the second factor again for a while. */
export type TrustedDevice = {
  readonly id: string
  readonly userId: string
  readonly client: Client
  readonly createdAt: Instant
  readonly lastUsedAt: Instant
  readonly expiresAt: Instant
}

export const trustLifetimeMs = 30 * 24 * 60 * 60 * 1000
