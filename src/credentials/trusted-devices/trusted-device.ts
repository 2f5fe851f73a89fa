import type { Instant } from '#src/platform/clock.ts'
import type { Client } from '#src/sessions/session.ts'

/** A browser or program on which the second factor is skipped for a while. */
export type TrustedDevice = {
  readonly id: string
  readonly userId: string
  readonly client: Client
  readonly createdAt: Instant
  readonly lastUsedAt: Instant
  readonly expiresAt: Instant
}

export const trustLifetimeMs = 30 * 24 * 60 * 60 * 1000
