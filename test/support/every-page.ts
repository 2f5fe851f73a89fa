import { insertPasskey } from '#src/credentials/passkeys/passkeys.sql.ts'
import { sql } from '#src/store/sql.ts'
import type { World } from '#src/world/world.ts'
import { fillServer } from '#test/support/busy-server.ts'
import { connectApp } from '#test/support/connect-app.ts'
import { connectIdentity } from '#test/support/connect-identity.ts'
import { goodPassword, pairOf } from '#test/support/people.ts'

/** A user who has one of everything, and the ids of what pages are about. */
export type Inhabited = Readonly<Record<'email' | 'userId' | 'passkeyId' | 'sessionId' | 'eventId', string>>

/** Fills a server: weeks of sign-ins, and an administrator with a passkey, an app and a connection. */
export async function inhabit(world: World): Promise<Inhabited> {
  const { email, userId } = await fillServer(world)
  const passkeyId = 'a-passkey-of-22-chars1'
  await insertPasskey(world.db.query, {
    ...{ id: passkeyId, userId, credentialId: 'credential', publicKey: 'key', counter: 0, transports: [] },
    ...{ aaguid: '00000000-0000-0000-0000-000000000000', name: 'A phone', deviceType: 'multi_device' },
    ...{ backedUpAt: undefined, userVerifiedAt: undefined, lastUsedAt: undefined },
    createdAt: world.clock.now(),
  })
  await connectIdentity(world, userId)
  await pairOf(world, { id: userId, email, password: goodPassword })
  const [session] = await world.db.query(sql`select id from sessions where user_id = ${userId}`)
  const sessionId = String(session?.id)
  await connectApp(world, { userId, sessionId })
  const [event] = await world.db.query(sql`select id from audit_events order by at desc limit 1`)
  return { email, userId, passkeyId, sessionId, eventId: String(event?.id) }
}

/** Where a page is seen, by everybody or by a signed-in user, or why it is not in the table. */
type Visit = { readonly as: 'visitor' | 'user'; readonly paths: readonly string[] } | { readonly not: string }

const leads = { not: 'It leads to another page.' }
const isFile = { not: 'It is a file.' }
const ofState = (where: string) => ({ not: `It needs a step before it: ${where}.` })

/** Every address that a browser can open, by its route. `{userId}` and so on stand for `Inhabited`. */
export const everyPage: Readonly<Record<string, Visit>> = {
  ...visitorPages(),
  ...accountPages(),
  ...consolePages(),
  '/docs': { as: 'visitor', paths: ['/docs'] },
  '/docs/errors': { as: 'visitor', paths: ['/docs/errors'] },
  '/docs/errors/:code': { as: 'visitor', paths: ['/docs/errors/too_many_requests'] },
  '/dev/mail': { as: 'visitor', paths: ['/dev/mail'] },
  '/docs/try/:id': leads,
  '/oauth/authorize': ofState('test/browser/apps.test.ts'),
  '/oauth/authorize/:uid': leads,
  '/consent/:uid': ofState('test/browser/apps.test.ts'),
  '/oauth/logout': { as: 'user', paths: ['/oauth/logout'] },
  '/api/v1/auth/providers/:name/start': leads,
  '/api/v1/auth/providers/:name/callback': leads,
  ...Object.fromEntries(
    [
      '/login',
      '/signin',
      '/register',
      '/signup',
      '/logout',
      '/signout',
      '/settings',
      '/console',
      '/dashboard',
    ]
      .concat(['/api', '/swagger', '/'])
      .map((path) => [path, leads]),
  ),
  ...Object.fromEntries(['/favicon.ico', '/robots.txt', '/assets/:file'].map((path) => [path, isFile])),
}

function visitorPages(): Record<string, Visit> {
  const paths = ['/sign-up', '/sign-in/code', '/sign-in/code/enter', '/forgot-password', '/reset-password']
  const more = ['/verify-email', '/undo-email', '/not-me', '/sign-in/link']
  return {
    '/sign-in': { as: 'visitor', paths: ['/sign-in', '/nothing-is-here'] },
    ...Object.fromEntries([...paths, ...more].map((path) => [path, { as: 'visitor', paths: [path] }])),
    '/restore-account': { as: 'visitor', paths: ['/restore-account?token=unknown'] },
    '/sign-in/verify': ofState('test/browser/security.test.ts'),
    '/sign-in/verify-by-mail': ofState('test/journeys/mail.test.ts'),
    '/sign-in/new-password': ofState('test/journeys/mail-help.test.ts'),
  }
}

function accountPages(): Record<string, Visit> {
  const pages = ['/sign-out', '/sign-out-everywhere', '/account', '/account/devices', '/account/not-me']
  const more = ['data', 'profile', 'email', 'email/confirm', 'password', 'passkeys', 'security', 'apps']
  const rest = ['security/totp', 'confirm', 'delete', 'connections']
  const all = [...pages, ...[...more, ...rest].map((page) => `/account/${page}`)]
  return {
    ...Object.fromEntries(all.map((path) => [path, { as: 'user', paths: [path] }])),
    '/account/history': { as: 'user', paths: ['/account/history', '/account/history?show=failed'] },
    '/account/passkeys/:id/remove': { as: 'user', paths: ['/account/passkeys/{passkeyId}/remove'] },
    '/account/security/totp/remove': ofState('test/browser/security.test.ts'),
    '/account/security/recovery-codes': ofState('test/browser/security.test.ts'),
    '/account/connections/confirm': ofState('test/browser/providers.test.ts'),
    '/account/connections/:name/link': leads,
  }
}

function consolePages(): Record<string, Visit> {
  const own = ['/admin/users', '/admin/roles', '/admin/audit', '/admin/nodes', '/admin/keys']
  const user = ['/admin/users/:id', '/admin/users/:id/disable', '/admin/users/:id/delete']
  const pathOf = (route: string) => route.replace(':id', '{userId}')
  return {
    ...Object.fromEntries(
      [...own, '/admin/settings', '/admin/health', ...user, '/admin/users/:id/sign-out'].map((route) => [
        route,
        { as: 'user', paths: [pathOf(route)] },
      ]),
    ),
    '/admin': { as: 'user', paths: ['/admin', '/admin?period=30d'] },
    '/admin/': leads,
    '/admin/setup': { as: 'visitor', paths: ['/admin/setup'] },
    '/admin/audit/:id': { as: 'user', paths: ['/admin/audit/{eventId}'] },
    '/admin/users/:id/sessions/:sid/end': {
      as: 'user',
      paths: ['/admin/users/{userId}/sessions/{sessionId}/end'],
    },
    '/admin/users/:id/roles/:role/revoke': {
      as: 'user',
      paths: ['/admin/users/{userId}/roles/default_user/revoke'],
    },
    '/admin/roles/:name/delete': { as: 'user', paths: ['/admin/roles/guest/delete'] },
    ...Object.fromEntries(
      ['/admin/statistics.csv', '/admin/users.csv', '/admin/audit.csv', '/admin/audit.jsonl'].map((path) => [
        path,
        isFile,
      ]),
    ),
  }
}

/** The paths to visit, for everybody or for the signed-in user. */
export function pathsFor(as: 'visitor' | 'user', ids: Inhabited): string[] {
  const visits = Object.values(everyPage).flatMap((visit) =>
    'as' in visit && visit.as === as ? visit.paths : [],
  )
  return visits.map((path) => path.replaceAll(/\{(\w+)\}/g, (_, name: keyof Inhabited) => ids[name]))
}
