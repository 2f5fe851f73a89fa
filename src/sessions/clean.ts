import { deleteOldSignIns, deleteOldSignInsOfNobody } from '#src/sessions/history.sql.ts'
import { deleteOldSessions } from '#src/sessions/sessions.sql.ts'
import type { World } from '#src/world/world.ts'

const dayMs = 24 * 60 * 60 * 1000
const historyKeptMs = 365 * dayMs
/** Those of nobody were written so that they cost the same as others, and are shown to nobody. */
const nobodysKeptMs = dayMs
/** An expired session still tells its client so for a while, instead of "not one of ours". */
const sessionsKeptMs = 7 * dayMs

/** Deletes one small batch of what is long over. Gives how much it deleted: 0 says that nothing is left. */
export async function cleanSessions({ db, clock }: World, most: number): Promise<number> {
  const now = clock.now()
  const sessions = await deleteOldSessions(db.query, now - sessionsKeptMs, most)
  const signIns = await deleteOldSignIns(db.query, now - historyKeptMs, most)
  const nobodys = await deleteOldSignInsOfNobody(db.query, now - nobodysKeptMs, most)
  return sessions + signIns + nobodys
}
