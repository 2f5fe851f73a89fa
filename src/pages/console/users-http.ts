import { z } from 'zod'
import { showUser } from '#src/administration/show-user.ts'
import { listAudit } from '#src/audit/list-audit.ts'
import { download } from '#src/http/answer.ts'
import { pageIn, readCursor, readMark } from '#src/http/cursor.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { text } from '#src/http/text.ts'
import { withQuery } from '#src/pages/components/pagination.ts'
import { consolePage, curl } from '#src/pages/console/console-page.ts'
import { csvLine, csvType } from '#src/pages/console/csv.ts'
import { emailsIn } from '#src/pages/console/events-table.ts'
import { userContent } from '#src/pages/console/user-page.ts'
import { usersContent } from '#src/pages/console/users-page.ts'
import { textsFor } from '#src/pages/texts.ts'
import { rfc3339 } from '#src/platform/clock.ts'
import { listHistory, pageOfSessions } from '#src/sessions/list.ts'
import { type After, listUsers, sortKeyOf, sortKeysOf, type UserQuery } from '#src/users/list.ts'
import { listGrants, listRoles } from '#src/users/roles.sql.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

const perPage = 25
const shownRoles = 100
const shownSessions = 50
const shownEvents = 10
const order = '-created_at'

/** An empty field of a form is as if it were not there. */
export const Filter = text({ min: 0, max: 200 })
  .transform((value) => value.trim() || undefined)
  .optional()

const UsersQuery = z.object({
  q: Filter,
  status: z.enum(['active', 'disabled']).optional(),
  role: Filter,
  cursor: z.string().max(2000).optional(),
})

export const showUsers = endpoint({
  summary: 'The users, newest first, with search and filters.',
  query: UsersQuery,
  responses: { 200: null },
  errors: [],
  handle: async (world: World, call) => {
    const { q, status, role, cursor } = call.query
    const filters = { q, status, role }
    const after = readMark(cursor, { order, keys: sortKeysOf(order) })
    const { query } = world.db
    const found = await listUsers(query, { q, state: status, role, sort: order, after, limit: perPage + 1 })
    const page = pageIn(found, {
      order,
      limit: perPage,
      markOf: (user) => ({ key: sortKeyOf(order, user), id: user.id }),
      onWire: (user) => user,
    })
    const texts = textsFor(call.language)
    const content = usersContent(texts, {
      users: page.data,
      filters,
      roles: await listRoles(query, { after: '', limit: shownRoles }),
      isFirst: cursor === undefined,
      nextCursor: page.next_cursor,
      now: world.clock.now(),
    })
    const command = curl(world, 'GET', withQuery('/users', filters))
    return consolePage(world, call, { place: '/admin/users', title: texts.get('users'), content, command })
  },
})

export const downloadUsers = endpoint({
  summary: 'The users as CSV, with the filters of the page.',
  query: UsersQuery,
  responses: { 200: null },
  errors: [],
  handle: (world: World, { query: { q, status, role } }) =>
    download(csvType, 'sigil-users.csv', csvLines(world, { q, state: status, role })),
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

async function* csvLines(
  { db }: World,
  filters: Pick<UserQuery, 'q' | 'state' | 'role'>,
): AsyncGenerator<string> {
  yield csvLine(Object.keys(columns))
  for (let after: After | undefined; ; ) {
    const users = await listUsers(db.query, { ...filters, sort: order, after, limit: perPiece })
    yield users.map((user) => csvLine(Object.values(columns).map((cellOf) => cellOf(user)))).join('')
    const last = users.at(-1)
    if (last === undefined || users.length < perPiece) return
    after = { key: sortKeyOf(order, last), id: last.id }
  }
}

export const showUserPage = endpoint({
  summary: 'One user: profile, roles, sessions, activity, audit events and actions.',
  responses: { 200: null },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const { query } = world.db
    const user = await showUser(world, call.params.id ?? '')
    const userId = user.id
    const place = readCursor(undefined)
    const sessions = await pageOfSessions(world, { userId, place, limit: shownSessions })
    const filters = { event: undefined, actorId: undefined, targetId: userId }
    const events = await listAudit(world, { place, limit: shownEvents, filters })
    const signIns = await listHistory(world, { userId, place, limit: shownEvents })
    const content = userContent(textsFor(call.language), {
      user,
      sessions: sessions.slice(0, shownSessions),
      hasMoreSessions: sessions.length > shownSessions,
      signIns: signIns.slice(0, shownEvents),
      grants: await listGrants(query, userId),
      roles: await listRoles(query, { after: '', limit: shownRoles }),
      events: events.slice(0, shownEvents),
      emails: await emailsIn(world, events),
      now: world.clock.now(),
    })
    const command = curl(world, 'GET', `/users/${userId}`)
    return consolePage(world, call, { place: '/admin/users', title: user.email, content, command })
  },
})
