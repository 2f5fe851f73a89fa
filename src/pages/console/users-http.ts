import { z } from 'zod'
import { showUser } from '#src/administration/show-user.ts'
import { listAudit } from '#src/audit/list-audit.ts'
import { pageIn, readCursor, readMark } from '#src/http/cursor.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { text } from '#src/http/text.ts'
import { withQuery } from '#src/pages/components/pagination.ts'
import { consolePage, curl } from '#src/pages/console/console-page.ts'
import { emailsIn } from '#src/pages/console/events-table.ts'
import { userContent } from '#src/pages/console/user-page.ts'
import { usersContent } from '#src/pages/console/users-page.ts'
import { textsFor } from '#src/pages/texts.ts'
import { listHistory, pageOfSessions } from '#src/sessions/list.ts'
import { listUsers, sortKeyOf, sortKeysOf } from '#src/users/list.ts'
import { listGrants, listRoles } from '#src/users/roles.sql.ts'
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

export const showUsers = endpoint({
  summary: 'The users, newest first, with search and filters.',
  query: z.object({
    q: Filter,
    status: z.enum(['active', 'disabled']).optional(),
    role: Filter,
    cursor: z.string().max(2000).optional(),
  }),
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
