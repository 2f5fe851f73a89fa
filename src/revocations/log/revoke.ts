import type { Random } from '#src/platform/random.ts'
import { logEnd } from '#src/revocations/log/log-end.ts'
import { entryLifetimeMs, type Revoked, type RevokedKind } from '#src/revocations/log/revocation.ts'
import { insertRevocations, insertWaiting, takePlaces } from '#src/revocations/log/revocations.sql.ts'
import type { RevokingQuery } from '#src/revocations/log/revoking-query.ts'
import { wallClock } from '#src/revocations/log/wall-clock.ts'
import { sendAlong } from '#src/store/send-along.ts'
import type { World } from '#src/world/world.ts'

type Revoking = { readonly kind: RevokedKind; readonly ids: readonly string[] }

/**
 * A step: writes revoked ids into the log, as the last statements of the transaction, because the head row
 * orders all commits that revoke and is locked from here on. If another transaction of this process has
 * locked it, the entries are left waiting instead, with negative numbers; `commitRevoking` has them placed
 * after the commit. The time is read here, after the caller has locked what it revokes: an entry dated
 * earlier could expire before a token that was minted in the meantime.
 */
export async function revoke(query: RevokingQuery, world: World, revoking: Revoking): Promise<Revoked[]> {
  if (revoking.ids.length === 0) return []
  const now = wallClock(world).latest()
  // The transaction that places a waiting entry cannot detect that a new key has to be loaded first.
  const isOfKey = revoking.kind === 'signing_key' || revoking.kind === 'mac_key'
  const appends = isOfKey || logEnd(world).take(query)
  return appends ? append(query, now, revoking) : leaveWaiting(query, world.random, now, revoking)
}

async function append(query: RevokingQuery, now: number, { kind, ids }: Revoking): Promise<Revoked[]> {
  const taking = takePlaces(query, ids.length)
  const lifetimeMs = entryLifetimeMs
  const placed = ids.map((id, index) => ({ id, fromHead: ids.length - 1 - index }))
  sendAlong(insertRevocations(query, { entries: placed, now, lifetimeMs }))
  const { head, mintedUntil, areWaiting: isAheadOfWaiting } = await taking
  const expiresAt = Math.max(now, mintedUntil) + lifetimeMs
  return placed.map(({ id, fromHead }) => ({ seq: head - fromHead, id, expiresAt, kind, isAheadOfWaiting }))
}

function leaveWaiting(query: RevokingQuery, random: Random, now: number, { kind, ids }: Revoking): Revoked[] {
  const expiresAt = now + entryLifetimeMs
  const isAheadOfWaiting = false
  const waiting = ids.map((id) => ({ seq: waitingSeq(random), id, expiresAt, kind, isAheadOfWaiting }))
  sendAlong(insertWaiting(query, waiting))
  return waiting
}

/** Random, so that no two transactions choose the same. */
function waitingSeq(random: Random): number {
  return -1 - random.bytes(6).reduce((number, byte) => number * 256 + byte, 0)
}
