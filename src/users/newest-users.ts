import type { Query } from '#src/store/db.ts'
import * as newest from '#src/users/newest-users.sql.ts'
import type { User } from '#src/users/user.ts'
import { byCreationDescending, type Filter, listUsersBy } from '#src/users/user-list.sql.ts'

type Page = Filter & { readonly at: number; readonly id: string; readonly limit: number }

/** With fewer users than this in a role, their rows are read and sorted. */
const fewMembers = 2000

/** Few enough users not to delay other calls of this process. */
const usersAtOnce = 10_000

/** The newest users that pass the filters, by the statement that reads the fewest rows for them. */
export async function newestUsers(query: Query, page: Page): Promise<User[]> {
  const { emailLike, role, state } = page
  if (emailLike !== null) return searched(query, page)
  const isRare = role !== null && (await newest.countMembers(query, role, fewMembers)) < fewMembers
  if (isRare) return listUsersBy(query, newest.usersWithRole(page))
  if (state === 'disabled') return listUsersBy(query, newest.disabledUsers(page))
  return listUsersBy(query, byCreationDescending(page))
}

/**
 * No index contains substrings: all users are searched, in batches between which other calls are answered.
 */
async function searched(query: Query, page: Page): Promise<User[]> {
  const found: User[] = []
  for (let { at, id } = page; ; ) {
    const since = await newest.creationAfter(query, { at, id, users: usersAtOnce })
    const limit = page.limit - found.length
    const piece = newest.searchedSince({ ...page, at, id, since: since ?? -1, limit })
    found.push(...(await listUsersBy(query, piece)))
    if (since === undefined || found.length >= page.limit) return found
    // The next batch begins before that moment.
    at = since
    id = ''
  }
}
