import { bySystem } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { forgetUser } from '#src/sessions/forget-user.ts'
import { deleteDueUser, usersToDelete } from '#src/users/deletion.sql.ts'
import type { World } from '#src/world/world.ts'

/** Each deletion is a transaction with many rows: an embedded server must not block for long. */
const maxAtOnce = 20

/**
 * Deletes accounts that their owners have not restored in time. Their tokens were revoked when the deletion
 * began. Returns how many rows it deleted.
 */
export async function cleanLeaving(world: World, max: number): Promise<number> {
  const { db, clock } = world
  const due = await usersToDelete(db.query, clock.now(), Math.min(max, maxAtOnce))
  for (const userId of due) {
    await db.transaction(async (query) => {
      const now = clock.now()
      // The account may have been deleted by another node.
      if (!(await deleteDueUser(query, userId, now))) return
      await forgetUser(query, userId, now)
      const target = { kind: 'user', id: userId } as const
      await recordEvent(query, world, { event: 'user.deleted', by: bySystem, target, details: {} })
    })
  }
  // A full batch is followed by another one.
  return due.length === maxAtOnce ? max : due.length
}
