import { entryLifetimeMs, type Revoked, type RevokedKind } from '#src/revocations/log/revocation.ts'
import { insertRevocation, takePlaces } from '#src/revocations/log/revocations.sql.ts'
import type { RevokingQuery } from '#src/revocations/log/revoking-query.ts'
import { wallClock } from '#src/revocations/log/wall-clock.ts'
import { sendAlong } from '#src/store/send-along.ts'
import type { World } from '#src/world/world.ts'

/**
 * A step: writes revoked ids into the log, as the last statements of the transaction, because the head row
 * orders all commits that revoke and is locked from here on. The time is read here, after the caller has
 * locked what it revokes: an entry dated earlier could expire before a token that was minted meanwhile.
 */
export async function revoke(
  query: RevokingQuery,
  world: World,
  { kind, ids }: { kind: RevokedKind; ids: readonly string[] },
): Promise<Revoked[]> {
  if (ids.length === 0) return []
  const taking = takePlaces(query, ids.length)
  const now = wallClock(world).latest()
  const lifetimeMs = entryLifetimeMs
  const placed = ids.map((id, index) => ({ id, fromHead: ids.length - 1 - index }))
  for (const entry of placed) sendAlong(insertRevocation(query, { ...entry, now, lifetimeMs }))
  const { head, mintedUntil } = await taking
  const expiresAt = Math.max(now, mintedUntil) + lifetimeMs
  return placed.map(({ id, fromHead }) => ({ seq: head - fromHead, id, expiresAt, kind }))
}
