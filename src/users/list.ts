import type { Query } from '#src/store/db.ts'
import { folded } from '#src/users/folded.ts'
import { lastText } from '#src/users/last-text.ts'
import { newestUsers } from '#src/users/newest-users.ts'
import type { User } from '#src/users/user.ts'
import * as queries from '#src/users/user-list.sql.ts'

export const userSorts = [
  '-created_at',
  'created_at',
  '-email',
  'email',
  '-last_signed_in_at',
  'last_signed_in_at',
] as const

export type UserSort = (typeof userSorts)[number]

/** A page starts after the user with this sort key and id. */
export type After = { readonly key: string | number; readonly id: string }

export type UserQuery = {
  /** Part of an email, a username or a full name; case does not matter. */
  readonly q: string | undefined
  readonly state: User['state'] | undefined
  readonly role: string | undefined
  readonly sort: UserSort
  readonly after: After | undefined
  readonly limit: number
}

export async function listUsers(query: Query, wanted: UserQuery): Promise<User[]> {
  const { q, sort, after, limit } = wanted
  const filter: queries.Filter = {
    emailLike: q === undefined ? null : containing(q.normalize('NFC').toLowerCase()),
    nameLike: q === undefined ? null : containing(folded(q)),
    state: wanted.state ?? null,
    role: wanted.role ?? null,
  }
  const isDescending = sort.startsWith('-')
  const email = after === undefined ? (isDescending ? lastText : '') : String(after.key)
  const first = isDescending ? Number.MAX_SAFE_INTEGER : -1
  const moment = { ...filter, at: Number(after?.key ?? first), id: after?.id ?? '', limit }
  if (sort === '-created_at') return newestUsers(query, moment)
  const statements = {
    created_at: () => queries.byCreation(moment),
    email: () => queries.byEmail({ ...filter, email, limit }),
    '-email': () => queries.byEmailDescending({ ...filter, email, limit }),
    last_signed_in_at: () => queries.bySignIn(moment),
    '-last_signed_in_at': () => queries.bySignInDescending(moment),
  } satisfies Record<Exclude<UserSort, '-created_at'>, unknown>
  return queries.listUsersBy(query, statements[sort]())
}

/** The type of the sort key. */
export function sortKeysOf(sort: UserSort): 'number' | 'text' {
  return sort.endsWith('email') ? 'text' : 'number'
}

/** The sort key of a user, from which the next page starts. */
export function sortKeyOf(sort: UserSort, user: User): string | number {
  if (sort.endsWith('email')) return user.email
  return sort.endsWith('created_at') ? user.createdAt : (user.lastSignedInAt ?? 0)
}

/** The `like` pattern for a substring, with `!` as the escape character. */
export function containing(part: string): string {
  return `%${part.replace(/[!%_]/g, (character) => `!${character}`)}%`
}
