import type { Instant } from '#src/platform/clock.ts'
import { deletedUsers, forgetDeletedUser, insertDeletedUser } from '#src/sessions/deleted-users.sql.ts'
import { deleteSessionsOf } from '#src/sessions/end.sql.ts'
import { deleteSignInsOf } from '#src/sessions/history.sql.ts'
import type { Query } from '#src/store/db.ts'
import type { World } from '#src/world/world.ts'

const maxAtOnce = 500
/** A sign-in in progress may add a row shortly after the user is deleted. */
const watchedMs = 10 * 60 * 1000

/**
 * A step: deletes sessions and history of a user who is being deleted. The cleaner deletes what exceeds one
 * small batch, because one long statement would block an embedded server.
 */
export async function forgetUser(query: Query, userId: string, now: Instant): Promise<void> {
  await insertDeletedUser(query, userId, now)
  await deleteSessionsOf(query, userId, maxAtOnce)
  await deleteSignInsOf(query, userId, maxAtOnce)
}

/** Deletes a batch of the remaining rows of deleted users. Returns how many. */
export async function cleanDeletedUsers({ db, clock }: World, max: number): Promise<number> {
  let deleted = 0
  for (const { userId, at } of await deletedUsers(db.query, 20)) {
    const rest = max - deleted
    if (rest <= 0) break
    const rows =
      (await deleteSessionsOf(db.query, userId, rest)) + (await deleteSignInsOf(db.query, userId, rest))
    if (rows === 0 && clock.now() - at > watchedMs) await forgetDeletedUser(db.query, userId)
    deleted += rows
  }
  return deleted
}
