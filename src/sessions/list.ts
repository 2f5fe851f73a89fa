import { everyPage, type Place } from '#src/http/cursor.ts'
import { failedSignInsOf, signInsOf } from '#src/sessions/history.sql.ts'
import type { SignIn } from '#src/sessions/history.ts'
import type { Session } from '#src/sessions/session.ts'
import { liveSessionsBefore } from '#src/sessions/sessions.sql.ts'
import type { World } from '#src/world/world.ts'

/** A user's live sessions, newest first. Returns one more than the limit if there are more. */
export async function pageOfSessions(
  { db, clock }: World,
  { userId, place, limit }: { userId: string; place: Place; limit: number },
): Promise<Session[]> {
  return liveSessionsBefore(db.query, { userId, now: clock.now(), ...place, max: limit + 1 })
}

/** A user's sign-ins, including failures, newest first. Returns one more than the limit if there are more. */
export async function listHistory(
  { db }: World,
  { userId, place, limit }: { userId: string; place: Place; limit: number },
): Promise<SignIn[]> {
  return signInsOf(db.query, { userId, ...place, max: limit + 1 })
}

/** The same without successful ones. */
export async function listFailures(
  { db }: World,
  { userId, place, limit }: { userId: string; place: Place; limit: number },
): Promise<SignIn[]> {
  return failedSignInsOf(db.query, { userId, ...place, max: limit + 1 })
}

/** All of a user's live sessions, page by page. */
export function everySession(world: World, userId: string): AsyncGenerator<Session[]> {
  return everyPage(
    (page) => pageOfSessions(world, { userId, ...page }),
    ({ createdAt, id }) => ({ at: createdAt, id }),
  )
}

/** All of a user's sign-ins, page by page. */
export function wholeHistory(world: World, userId: string): AsyncGenerator<SignIn[]> {
  return everyPage(
    (page) => listHistory(world, { userId, ...page }),
    ({ at, id }) => ({ at, id }),
  )
}
