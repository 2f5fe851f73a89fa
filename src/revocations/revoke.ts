import type { Instant } from '#src/clock.ts'
import { entryLifetimeMs, type KeyKind, type Revoked } from '#src/revocations/revocation.ts'
import { insertRevocation, takePlaces } from '#src/revocations/revocations.sql.ts'
import type { Query } from '#src/store/db.ts'
import { sendAlong } from '#src/store/send-along.ts'

/**
 * Writes keys into the log, in the caller's transaction and as its last statements: the head row orders all
 * commits that revoke, so it is held as briefly as can be. `now` was read after the caller held the lock on
 * what it kills.
 */
export async function revoke(
  query: Query,
  { kind, keys, now }: { kind: KeyKind; keys: readonly string[]; now: Instant },
): Promise<Revoked[]> {
  if (keys.length === 0) return []
  const taking = takePlaces(query, keys.length)
  const expiresAt = now + entryLifetimeMs
  const placed = keys.map((key, index) => ({ key, expiresAt, fromHead: keys.length - 1 - index }))
  for (const entry of placed) sendAlong(insertRevocation(query, entry))
  const head = await taking
  return placed.map(({ key, fromHead }) => ({ seq: head - fromHead, key, expiresAt, kind }))
}
