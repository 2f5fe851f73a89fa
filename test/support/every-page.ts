import assert from 'node:assert/strict'
import { insertPasskey } from '#src/credentials/passkeys/passkeys.sql.ts'
import { sql } from '#src/store/sql.ts'
import { findUserByEmail } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'
import { fillServer } from '#test/support/busy-server.ts'
import { connectApp } from '#test/support/connect-app.ts'
import { connectIdentity } from '#test/support/connect-identity.ts'
import type { Filled } from '#test/support/console-pages.ts'
import { goodPassword, pairOf } from '#test/support/people.ts'

/** A user with one of everything, and the ids of the objects on pages. */
export type Inhabited = { readonly email: string; readonly passkeyId: string; readonly filled: Filled }

/** Fills a server: weeks of sign-ins, and an administrator with a passkey, an app and a connection. */
export async function inhabit(world: World): Promise<Inhabited> {
  const filled = await fillServer(world)
  const { email } = filled
  const { id: userId } = (await findUserByEmail(world.db.query, email)) ?? assert.fail()
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
  await connectApp(world, { userId, sessionId: String(session?.id) })
  return { email, passkeyId, filled }
}

/** The URL of a page, for everyone or for a signed-in user, or why it is not in the table. */
type Visit = { readonly as: 'visitor' | 'user'; readonly paths: readonly string[] } | { readonly not: string }

const leads = { not: 'It redirects to another page.' }
const isFile = { not: 'It is a file.' }
const ofState = (where: string) => ({ not: `It needs an earlier step: ${where}.` })

/**
 * Every URL that a browser can open outside the console, which has its own table, by route. `{passkeyId}` is
 * replaced with the field of `Inhabited`.
 */
export const everyPage: Readonly<Record<string, Visit>> = {
  ...visitorPages(),
  ...accountPages(),
  '/docs': { as: 'visitor', paths: ['/docs'] },
  '/docs/errors': { as: 'visitor', paths: ['/docs/errors'] },
  '/docs/errors/:code': { as: 'visitor', paths: ['/docs/errors/too_many_requests'] },
  '/dev/mail': { as: 'visitor', paths: ['/dev/mail'] },
  '/device': { as: 'user', paths: ['/device'] },
  '/docs/try/:id': leads,
  '/oauth/authorize': ofState('test/browser/apps.test.ts'),
  '/oauth/authorize/:uid': leads,
  '/consent/:uid': ofState('test/browser/apps.test.ts'),
  '/oauth/account/:uid': ofState('test/browser/apps.test.ts'),
  '/hosts/sign-in': leads,
  '/hosts/continue': leads,
  '/hosts/consent': ofState('test/journeys/hosts.test.ts'),
  '/hosts/failed': { as: 'visitor', paths: ['/hosts/failed'] },
  '/.sigil/sign-in': leads,
  '/.sigil/callback': leads,
  '/.sigil/sign-out': { as: 'visitor', paths: ['/.sigil/sign-out'] },
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
      .concat(['/swagger', '/'])
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
  const rest = ['security/totp', 'security/email_code', 'confirm', 'delete', 'connections']
  const all = [...pages, ...[...more, ...rest].map((page) => `/account/${page}`)]
  return {
    ...Object.fromEntries(all.map((path) => [path, { as: 'user', paths: [path] }])),
    '/account/history': { as: 'user', paths: ['/account/history', '/account/history?show=failed'] },
    '/account/passkeys/:id/remove': { as: 'user', paths: ['/account/passkeys/{passkeyId}/remove'] },
    '/account/security/:factor/remove': ofState('test/browser/security.test.ts'),
    '/account/passkeys/offer': ofState('test/browser/passkeys.test.ts'),
    '/account/security/recovery-codes': ofState('test/browser/security.test.ts'),
    '/account/connections/confirm': ofState('test/browser/providers.test.ts'),
    '/account/connections/:name/link': leads,
  }
}

/** The paths to visit, for everyone or for the signed-in user. */
export function pathsFor(as: 'visitor' | 'user', { passkeyId }: Inhabited): string[] {
  const visits = Object.values(everyPage)
  const paths = visits.flatMap((visit) => ('as' in visit && visit.as === as ? visit.paths : []))
  return paths.map((path) => path.replace('{passkeyId}', passkeyId))
}
