import { cleanDeletedUsers } from '#src/sessions/forget-user.ts'
import { deleteOldSignIns, deleteOldSignInsOfNobody } from '#src/sessions/history.sql.ts'
import {
  deleteEndedGrants,
  deleteExpiredGrants,
  deleteGrantsOfSessions,
  endGrantsOfGoneApp,
  goneAppsWithGrants,
} from '#src/sessions/old-grants.sql.ts'
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
  const sessions = await db.transaction(async (query) => {
    const ids = await deleteOldSessions(query, now - sessionsKeptMs, max)
    return ids.length === 0 ? 0 : ids.length + (await deleteGrantsOfSessions(query, ids))
  })
  const grants =
    (await deleteEndedGrants(db.query, now - sessionsKeptMs, max)) +
    (await deleteExpiredGrants(db.query, now - sessionsKeptMs, max))
  const orphans = await endGrantsOfGoneApps(world, max)
  const signIns = await deleteOldSignIns(db.query, now - historyKeptMs, max)
  const nobodys = await deleteOldSignInsOfNobody(db.query, now - nobodysKeptMs, max)
  const left = await cleanDeletedUsers(world, max)
  return sessions + grants + orphans + signIns + nobodys + left
}

/** Removing or disabling an app revokes its tokens at once, and leaves its grants to the cleaner. */
async function endGrantsOfGoneApps({ db, clock }: World, max: number): Promise<number> {
  let ended = 0
  for (const gone of await goneAppsWithGrants(db.query)) {
    if (ended >= max) break
    ended += await endGrantsOfGoneApp(db.query, { ...gone, now: clock.now(), max: max - ended })
  }
  return ended
}
