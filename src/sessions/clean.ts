import { cleanDeletedUsers } from '#src/sessions/forget-user.ts'
import { deleteOldGrants, endGrantsOfRemovedApps } from '#src/sessions/grants.sql.ts'
import { deleteOldSignIns, deleteOldSignInsOfNobody } from '#src/sessions/history.sql.ts'
import { deleteOldSessions } from '#src/sessions/sessions.sql.ts'
import type { World } from '#src/world/world.ts'

const dayMs = 24 * 60 * 60 * 1000
const historyKeptMs = 365 * dayMs
/** Rows for unknown logins exist so that they cost the same as others; they are never shown. */
const nobodysKeptMs = dayMs
/**
 * For a while a client still gets the error that its session has expired, and not just that its token is
 * unknown.
 */
const sessionsKeptMs = 7 * dayMs

/** Deletes one small batch of long-expired rows. Returns how many; 0 when nothing is left. */
export async function cleanSessions(world: World, max: number): Promise<number> {
  const { db, clock } = world
  const now = clock.now()
  const sessions = await deleteOldSessions(db.query, now - sessionsKeptMs, max)
  const grants = await deleteOldGrants(db.query, now - sessionsKeptMs, max)
  const orphans = await endGrantsOfRemovedApps(db.query, now, max)
  const signIns = await deleteOldSignIns(db.query, now - historyKeptMs, max)
  const nobodys = await deleteOldSignInsOfNobody(db.query, now - nobodysKeptMs, max)
  const left = await cleanDeletedUsers(world, max)
  return sessions + grants + orphans + signIns + nobodys + left
}
