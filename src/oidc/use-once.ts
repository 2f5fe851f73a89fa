import { recordIdOf } from '#src/oidc/adapter.ts'
import { putOnce } from '#src/oidc/records.sql.ts'
import type { World } from '#src/world/world.ts'

type Use = {
  /** The namespace of the ids: a client or a key. */
  readonly of: string
  readonly jti: string
  /** When the proof is rejected for its age, in seconds, which may have a fraction (RFC 7519 section 2). */
  readonly until: number
}

/** Whether a single-use proof is used for the first time: of twenty parallel callers exactly one succeeds. */
export function useOnce({ db, clock }: World, { of, jti, until }: Use): Promise<boolean> {
  // As JSON, so that different proofs never have the same text.
  const id = recordIdOf('Proof', JSON.stringify([of, jti]))
  return putOnce(db.query, { id, now: clock.now(), expiresAt: Math.ceil(until) * 1000 })
}
