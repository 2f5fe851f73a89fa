import {
  type ListedSession,
  liveSessions,
  liveSessionsFrom,
  liveSessionsOf,
  type SessionPage,
} from '#src/administration/all-sessions.sql.ts'
import type { Place } from '#src/http/cursor.ts'
import { plainAddress } from '#src/platform/addresses.ts'
import { maxSessionLifetimeMs } from '#src/sessions/session.ts'
import type { Query } from '#src/store/db.ts'
import { listBeginning } from '#src/users/beginnings.ts'
import { findByLogin } from '#src/users/find.ts'
import { listUsers } from '#src/users/list.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

const hourMs = 60 * 60 * 1000

/** How long ago sessions began. */
export const sessionAges = { '1h': hourMs, '24h': 24 * hourMs, '7d': 7 * 24 * hourMs } as const
export type SessionAge = keyof typeof sessionAges

export type SessionFilters = {
  /** An IP address, or part of the email or name of a user. */
  readonly q: string | undefined
  readonly started: SessionAge | undefined
}

/** A search that matches more users than this shows the sessions of the first ones. */
const maxUsersSearched = 20

/** The live sessions that match, newest first. Returns one more than the limit if there are more. */
export async function findSessions(
  { db, clock }: World,
  { q, started }: SessionFilters,
  { place, limit }: { place: Place; limit: number },
): Promise<ListedSession[]> {
  const { query } = db
  const now = clock.now()
  const from = started === undefined ? 0 : now - sessionAges[started] + maxSessionLifetimeMs
  const page: SessionPage = { now, from, ...place, limit: limit + 1 }
  if (q === undefined) return liveSessions(query, page)
  const address = plainAddress(q)
  if (address !== undefined) return liveSessionsFrom(query, { ...page, address })
  const users = await usersNamed(query, q)
  const found = []
  for (const { id } of users) found.push(...(await liveSessionsOf(query, { ...page, userId: id })))
  const newestFirst = (one: ListedSession, other: ListedSession) =>
    other.lastExpiresAt - one.lastExpiresAt || (other.id < one.id ? -1 : 1)
  return found.toSorted(newestFirst).slice(0, limit + 1)
}

/** The user with exactly this email or username, or those with this beginning, or those with this part. */
async function usersNamed(query: Query, q: string): Promise<readonly User[]> {
  const only = await findByLogin(query, q)
  if (only) return [only]
  const wanted = { q, state: undefined, role: undefined, after: undefined, limit: maxUsersSearched }
  const beginning = await listBeginning(query, wanted)
  if (beginning !== undefined && beginning.length > 0) return beginning
  return listUsers(query, { ...wanted, sort: '-created_at' })
}
