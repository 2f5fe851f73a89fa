import { z } from 'zod'
import { download } from '#src/http/answer.ts'
import { callerOf } from '#src/http/call.ts'
import { pageIn, readMark } from '#src/http/cursor.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { withQuery } from '#src/pages/components/pagination.ts'
import { consolePage, curl } from '#src/pages/console/console-page.ts'
import { csvLine, csvType } from '#src/pages/console/csv.ts'
import { Filter } from '#src/pages/console/filter.ts'
import { mayChange } from '#src/pages/console/places.ts'
import { type UserFilters, usersContent } from '#src/pages/console/users/users-page.ts'
import { textsOf } from '#src/pages/texts.ts'
import { rfc3339 } from '#src/platform/clock.ts'
import { listBeginning } from '#src/users/beginnings.ts'
import { findByLogin } from '#src/users/find.ts'
import { type After, listUsers, sortKeyOf, sortKeysOf, type UserQuery } from '#src/users/list.ts'
import { roleNames } from '#src/users/roles.sql.ts'
import { type User, userOnWire } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

const perPage = 25
const shownRoles = 100
const order = '-created_at'

const UsersQuery = z.object({
  q: Filter,
  status: z.enum(['active', 'disabled']).optional(),
  role: Filter,
  parts: z.literal('yes').optional(),
  cursor: z.string().max(2000).optional(),
})

export const showUsers = endpoint({
  summary: 'The users, newest first, with search and filters.',
  query: UsersQuery,
  responses: { 200: null },
  errors: [],
  handle: async (world: World, call) => {
    const { q, status, role, parts, cursor } = call.query
    const filters = { q, status, role }
    const after = readMark(cursor, { order, keys: sortKeysOf(order) })
    const { query } = world.db
    const wanted = { q, state: status, role, sort: order, after, limit: perPage + 1 } as const
    const quick = parts === undefined ? await foundByIndex(world, wanted) : undefined
    const found = quick ?? (await listUsers(query, wanted))
    const page = pageIn(found, {
      order,
      limit: perPage,
      markOf: (user) => ({ key: sortKeyOf(order, user), id: user.id }),
      onWire: (user) => user,
    })
    const texts = textsOf(call)
    const content = usersContent(texts, {
      users: page.data,
      filters,
      isQuick: quick !== undefined,
      parts,
      roles: await roleNames(query, shownRoles),
      mayChange: mayChange(callerOf(call).roles),
      isFirst: cursor === undefined,
      nextCursor: page.next_cursor,
      now: world.clock.now(),
    })
    const command = curl(world, 'GET', withQuery('/users', filters))
    return consolePage(world, call, { place: '/admin/users', title: texts.get('users'), content, command })
  },
})

/**
 * What indexes find among millions: the user with exactly this email or username, or else those whose email
 * or name begins so.
 */
async function foundByIndex(world: World, wanted: UserQuery): Promise<User[] | undefined> {
  const { q, state: status, role, after } = wanted
  if (q === undefined) return undefined
  const only = after === undefined ? await theOne(world, { q, status, role }) : undefined
  return only ? [only] : listBeginning(world.db.query, { ...wanted, q })
}

async function theOne({ db }: World, { q, status, role }: UserFilters): Promise<User | undefined> {
  const user = q === undefined ? undefined : await findByLogin(db.query, q)
  const isWanted = (status ?? user?.state) === user?.state && (!role || user?.roles.includes(role))
  return isWanted ? user : undefined
}

export const downloadUsers = endpoint({
  summary: 'The users as CSV, with the filters of the page.',
  query: UsersQuery,
  responses: { 200: null },
  errors: [],
  handle: (world: World, { query: { q, status, role } }) =>
    download(csvType, 'sigil-users.csv', csvLines(world, { q, state: status, role })),
})

export const downloadUsersJson = endpoint({
  summary: 'The users as JSON lines, with the filters of the page.',
  query: UsersQuery,
  responses: { 200: null },
  errors: [],
  handle: (world: World, { query: { q, status, role } }) =>
    download('application/x-ndjson', 'sigil-users.jsonl', jsonLines(world, { q, state: status, role })),
})

const columns = {
  id: ({ id }) => id,
  email: ({ email }) => email,
  username: ({ username }) => username ?? null,
  full_name: ({ fullName }) => fullName ?? null,
  status: ({ state }) => state,
  roles: ({ roles }) => roles.join(' '),
  created_at: ({ createdAt }) => rfc3339(createdAt),
  last_signed_in_at: ({ lastSignedInAt }) => (lastSignedInAt === undefined ? null : rfc3339(lastSignedInAt)),
} as const satisfies Record<string, (user: User) => string | null>

/** Few enough users not to delay other calls of this process. */
const perPiece = 200

type Wanted = Pick<UserQuery, 'q' | 'state' | 'role'>

async function* csvLines(world: World, wanted: Wanted): AsyncGenerator<string> {
  yield csvLine(Object.keys(columns))
  for await (const users of everyUser(world, wanted)) {
    yield users.map((user) => csvLine(Object.values(columns).map((cellOf) => cellOf(user)))).join('')
  }
}

async function* jsonLines(world: World, wanted: Wanted): AsyncGenerator<string> {
  for await (const users of everyUser(world, wanted)) {
    yield users.map((user) => `${JSON.stringify(userOnWire(user))}\n`).join('')
  }
}

async function* everyUser({ db }: World, wanted: Wanted): AsyncGenerator<User[]> {
  for (let after: After | undefined; ; ) {
    const users = await listUsers(db.query, { ...wanted, sort: order, after, limit: perPiece })
    yield users
    const last = users.at(-1)
    if (last === undefined || users.length < perPiece) return
    after = { key: sortKeyOf(order, last), id: last.id }
  }
}
