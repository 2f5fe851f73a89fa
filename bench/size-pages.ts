import { password } from '#bench/api.ts'
import { emailOf, type Seeded, signedInBrowser } from '#bench/seeded.ts'
import { view } from '#bench/size-apps.ts'
import { addUser } from '#src/accounts/add.ts'
import { byCli } from '#src/audit/by.ts'
import { findByLogin } from '#src/users/find.ts'
import type { Client } from '#test/support/client.ts'

/** What administrators look at: pages of the console and lists of the API, by what is listed. */
export async function adminPaths({ users, world, apps }: Seeded): Promise<Record<string, string>> {
  const middle = Math.floor(users / 2) + 1
  const email = emailOf(middle)
  const user = await findByLogin(world.db.query, email)
  const id = user?.id ?? ''
  const sorts = ['created_at', '-email', 'email', '-last_signed_in_at', 'last_signed_in_at']
  return {
    overview: '/admin',
    'overview, 24 hours': '/admin?period=24h',
    'overview, 90 days': '/admin?period=90d',
    'users, newest first': '/admin/users',
    'disabled users': '/admin/users?status=disabled',
    'users with the role admin': '/admin/users?role=admin',
    'users with the role of all': '/admin/users?role=default_user',
    'search for an email': `/admin/users?q=${encodeURIComponent(email)}`,
    'search for a username': `/admin/users?q=person${middle - (middle % 3)}`,
    'search for the beginning of an email': `/admin/users?q=person${String(middle).slice(0, -1)}`,
    'search for the beginning of all emails': '/admin/users?q=person',
    'search for a part that many have': '/admin/users?q=mail5',
    'search without a match': '/admin/users?q=nobody-is-called-that',
    'page of a user': `/admin/users/${id}`,
    'sessions, newest first': '/admin/sessions',
    'sessions of an IP address': '/admin/sessions?q=198.51.101.101',
    'sessions of a user': `/admin/sessions?q=${encodeURIComponent(email)}`,
    'audit log': '/admin/audit',
    'audit log, one kind of event': '/admin/audit?event=user.signed_in',
    'audit log, a rare kind of event': '/admin/audit?event=app.added',
    'audit log, of an actor': `/admin/audit?actor=${id}`,
    'page of an app': `/admin/apps/${apps[0]?.id}`,
    apps: '/admin/apps',
    roles: '/admin/roles',
    'API: users': '/api/v1/users',
    ...Object.fromEntries(sorts.map((sort) => [`API: users by ${sort}`, `/api/v1/users?sort=${sort}`])),
    'API: disabled users': '/api/v1/users?status=disabled&limit=100',
    'API: search for an email': `/api/v1/users?q=${encodeURIComponent(email)}`,
    'API: search for a part that many have': '/api/v1/users?q=mail5',
    'API: search without a match': '/api/v1/users?q=nobody-is-called-that',
    'API: a user': `/api/v1/users/${id}`,
    'API: sessions of a user': `/api/v1/users/${id}/sessions`,
    'API: history of a user': `/api/v1/users/${id}/history`,
    'API: audit log': '/api/v1/audit',
  }
}

export async function adminBrowser(seeded: Seeded): Promise<Client> {
  const email = `admin-${Date.now()}@example.org`
  await addUser(seeded.world, {
    ...{ email, password, username: undefined, fullName: undefined, address: '', by: byCli },
    roles: ['default_user', 'admin'],
  })
  return signedInBrowser(seeded, email)
}

/** Milliseconds of one view of each page. */
export async function pageTimes(
  seeded: Seeded,
  browser: Client,
  paths: Record<string, string>,
): Promise<Record<string, number>> {
  const times: Record<string, number> = {}
  for (const [name, path] of Object.entries(paths)) {
    const began = performance.now()
    // A page that the server gives up on is shown as endless, and the others are measured.
    const isShown = await view(seeded, browser, path).then(
      () => true,
      () => false,
    )
    times[name] = isShown ? performance.now() - began : Number.POSITIVE_INFINITY
  }
  return times
}
