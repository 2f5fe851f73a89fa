import { entryLifetimeMs, type Revoked, type RevokedKind } from '#src/revocations/log/revocation.ts'
import { insertRevocation, takePlaces } from '#src/revocations/log/revocations.sql.ts'
import { wallClock } from '#src/revocations/log/wall-clock.ts'
import type { Query } from '#src/store/db.ts'
import { sendAlong } from '#src/store/send-along.ts'
import type { World } from '#src/world/world.ts'

/**
 * Writes keys into the log, in the caller's transaction and as its last statements: the head row orders all
 * commits that revoke, so it is held as briefly as can be. The time is read here, after the caller held the
 * lock on what it kills; by a slow clock the entry would be forgotten before the tokens have expired.
 */
export async function revoke(
  query: Query,
  world: World,
  { kind, ids }: { kind: RevokedKind; ids: readonly string[] },
): Promise<Revoked[]> {
  if (ids.length === 0) return []
  const taking = takePlaces(query, ids.length)
  const expiresAt = wallClock(world).latest() + entryLifetimeMs
  const placed = ids.map((id, index) => ({ id, expiresAt, fromHead: ids.length - 1 - index }))
  for (const entry of placed) sendAlong(insertRevocation(query, entry))
  const head = await taking
  return placed.map(({ id, fromHead }) => ({ seq: head - fromHead, id, expiresAt, kind }))
}
