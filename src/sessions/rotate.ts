import { hashOf } from '#src/sessions/handle.ts'
import { type Rotation, rotateCounter } from '#src/sessions/sessions.sql.ts'
import type { Db } from '#src/store/db.ts'

/**
 * Moves a session's counter on by one where it is still the given one. Gives the session's id to the one who
 * did.
 */
export async function rotate(
  db: Db,
  { handle, ...rotation }: Omit<Rotation, 'handleHash'> & { handle: string },
): Promise<string | undefined> {
  return rotateCounter(db.query, { ...rotation, handleHash: hashOf(handle) })
}
