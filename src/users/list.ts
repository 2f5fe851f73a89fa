import type { Query } from '#src/store/db.ts'
import { folded } from '#src/users/folded.ts'
import type { User } from '#src/users/user.ts'
import * as order from '#src/users/user-list.sql.ts'

export const userSorts = [
  '-created_at',
  'created_at',
  '-email',
  'email',
  '-last_signed_in_at',
  'last_signed_in_at',
] as const

export type UserSort = (typeof userSorts)[number]

/** Where a page begins: after the user with this sort key and id. */
export type After = { readonly key: string | number; readonly id: string }

export type UserWish = {
  /** Part of an email, a username or a full name, in any case. */
  readonly q: string | undefined
  readonly state: User['state'] | undefined
  readonly role: string | undefined
  readonly sort: UserSort
  readonly after: After | undefined
  readonly most: number
}

/** A step: the users wished for, in the order wished for. */
export async function listUsers(query: Query, wish: UserWish): Promise<User[]> {
  const { q, sort, after, most } = wish
  const filter: order.Filter = {
    emailLike: q === undefined ? null : containing(q.normalize('NFC').toLowerCase()),
    nameLike: q === undefined ? null : containing(folded(q)),
    state: wish.state ?? null,
    role: wish.role ?? null,
  }
  const email = after === undefined ? null : String(after.key)
  const first = sort.startsWith('-') ? Number.MAX_SAFE_INTEGER : -1
  const moment = { ...filter, at: Number(after?.key ?? first), id: after?.id ?? '', most }
  const statements = {
    created_at: () => order.byCreation(moment),
    '-created_at': () => order.byCreationDown(moment),
    email: () => order.byEmail({ ...filter, email, most }),
    '-email': () => order.byEmailDown({ ...filter, email, most }),
    last_signed_in_at: () => order.bySignIn(moment),
    '-last_signed_in_at': () => order.bySignInDown(moment),
  } satisfies Record<UserSort, unknown>
  return order.listed(query, statements[sort]())
}

/** What kind of thing users are sorted by. */
export function sortKeysOf(sort: UserSort): 'number' | 'text' {
  return sort.endsWith('email') ? 'text' : 'number'
}

/** What a user is sorted by: the key of the page after them. */
export function sortKeyOf(sort: UserSort, user: User): string | number {
  if (sort.endsWith('email')) return user.email
  return sort.endsWith('created_at') ? user.createdAt : (user.lastSignedInAt ?? 0)
}

/** The three signs that `like` would take for itself are meant literally. */
function containing(part: string): string {
  return `%${part.replace(/[!%_]/g, (sign) => `!${sign}`)}%`
}
