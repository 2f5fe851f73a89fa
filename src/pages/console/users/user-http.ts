import { listFactors } from '#src/accounts/list-factors.ts'
import { showUser } from '#src/administration/show-user.ts'
import { connectedApps } from '#src/apps/connected.sql.ts'
import { listAudit } from '#src/audit/list-audit.ts'
import { passkeysOf } from '#src/credentials/passkeys/passkeys.sql.ts'
import { listDevices } from '#src/credentials/trusted-devices/list.ts'
import { identitiesOf } from '#src/credentials/upstream/upstream.sql.ts'
import { callerOf } from '#src/http/call.ts'
import { readCursor } from '#src/http/cursor.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { consolePage, curl } from '#src/pages/console/console-page.ts'
import { emailsIn } from '#src/pages/console/events-table.ts'
import { mayChange, mayRead } from '#src/pages/console/places.ts'
import { signInProblems } from '#src/pages/console/users/sign-in-problems.ts'
import { userContent } from '#src/pages/console/users/user-page.ts'
import { textsOf } from '#src/pages/texts.ts'
import { listHistory, pageOfSessions } from '#src/sessions/list.ts'
import { waitsOf } from '#src/sign-in/waits.ts'
import { listGrants, roleNames } from '#src/users/roles.sql.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

const shownRoles = 100
const shownSessions = 50
const shownDevices = 50
const shownEvents = 10

export const showUserPage = endpoint({
  summary: 'One user: profile, ways to sign in, roles, sessions, activity, apps, audit events and actions.',
  responses: { 200: null },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const user = await showUser(world, call.params.id ?? '')
    const { roles } = callerOf(call)
    const ways = await waysIn(world, user)
    const content = userContent(textsOf(call), {
      user,
      ...ways,
      problems: signInProblems(world.settings, {
        user,
        connections: ways.connections,
        recoveryCodesLeft: ways.factors.recoveryCodesLeft,
        waits: await waitsOf(world, user),
      }),
      ...(await recent(world, user)),
      ...(await eventsFor(world, { user, roles })),
      grants: await listGrants(world.db.query, user.id),
      roles: await roleNames(world.db.query, shownRoles),
      apps: await connectedApps(world.db.query, { userId: user.id, now: world.clock.now() }),
      mayChange: mayChange(roles),
      now: world.clock.now(),
    })
    const command = curl(world, 'GET', `/users/${user.id}`)
    return consolePage(world, call, { place: '/admin/users', title: user.email, content, command })
  },
})

async function waysIn(world: World, { id: userId }: User) {
  const { query } = world.db
  const devices = await listDevices(world, { userId, place: readCursor(undefined), limit: shownDevices })
  return {
    factors: await listFactors(query, userId),
    passkeys: await passkeysOf(query, userId),
    connections: await identitiesOf(query, userId),
    devices: devices.slice(0, shownDevices),
    providers: world.settings.providers,
  }
}

async function recent(world: World, { id: userId }: User) {
  const place = readCursor(undefined)
  const sessions = await pageOfSessions(world, { userId, place, limit: shownSessions })
  const signIns = await listHistory(world, { userId, place, limit: shownEvents })
  return {
    sessions: sessions.slice(0, shownSessions),
    hasMoreSessions: sessions.length > shownSessions,
    signIns: signIns.slice(0, shownEvents),
  }
}

/** Some roles may read users but not the audit log. */
async function eventsFor(world: World, { user, roles }: { user: User; roles: readonly string[] }) {
  if (!mayRead('/admin/audit', roles)) return { events: undefined, emails: new Map<string, string>() }
  const filters = { event: undefined, actorId: undefined, targetId: user.id }
  const found = await listAudit(world, { place: readCursor(undefined), limit: shownEvents, filters })
  const events = found.slice(0, shownEvents)
  return { events, emails: await emailsIn(world, events) }
}
