import { readCursor } from '#src/http/cursor.ts'
import { refuseBeyond } from '#src/limits/by-address.ts'
import type { SignIn } from '#src/sessions/history.ts'
import { listHistory, listSessions } from '#src/sessions/list.ts'
import type { Session } from '#src/sessions/session.ts'
import type { World } from '#src/world.ts'

/** Nobody signs in oftener within the time that history is kept; the bound keeps one answer bounded. */
const mostLines = 10_000

/** All that is stored about a user, but for what would let somebody else in: hashes and signature. */
export async function exportMyself(
  world: World,
  userId: string,
): Promise<{ sessions: Session[]; history: SignIn[] }> {
  await refuseBeyond(world, { name: 'export', of: userId })
  const place = readCursor(undefined)
  return {
    sessions: await listSessions(world, userId),
    history: await listHistory(world, { userId, place, limit: mostLines }),
  }
}
