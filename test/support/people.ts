import assert from 'node:assert/strict'
import { addUser } from '#src/administration/add-user.ts'
import { byCli } from '#src/audit/by.ts'
import type { World } from '#src/world.ts'
import type { Client, Sent } from '#test/support/client.ts'
import type { WireBody } from '#test/support/wire-body.ts'

export type Person = { readonly id: string; readonly email: string; readonly password: string }

let count = 0

/** An address that nobody in this process has had. */
export function newEmail(): string {
  return `person-${++count}@example.org`
}

export const goodPassword = 'plum tarot window 42'

/** The roles that are there from the start. */
export const builtInRoles = ['default_user', 'guest', 'subscriber', 'admin'] as const

/** Somebody new, over the wire. `more` are further members of the body. */
export async function signedUp(client: Client, more: Record<string, unknown> = {}): Promise<Person> {
  const wish = { email: newEmail(), password: goodPassword, ...more }
  const reply = await client.post('/api/v1/auth/signup', wish)
  assert.equal(reply.status, 201, reply.text)
  return { id: reply.body.user.id, email: reply.body.user.email, password: wish.password }
}

/** A new session of theirs, over the wire. */
export async function signedIn(
  client: Client,
  { email, password }: { email: string; password: string },
  more: Record<string, unknown> = {},
): Promise<WireBody> {
  const reply = await client.post('/api/v1/auth/signin', { login: email, password, ...more })
  assert.equal(reply.status, 200, reply.text)
  return reply.body
}

/** Somebody new and a session of theirs. */
export async function arrived(
  client: Client,
  more: Record<string, unknown> = {},
): Promise<{ person: Person; session: WireBody }> {
  const person = await signedUp(client, more)
  return { person, session: await signedIn(client, person) }
}

/** What the three judges say of an access token: they must always agree. */
export async function isAccepted(client: Client, token: string): Promise<boolean> {
  const [proxy, envoy, asked, guarded] = await Promise.all([
    client.get('/api/v1/auth/verify', { bearer: token }),
    client.get('/ext_authz/some/page', { bearer: token }),
    client.post('/api/v1/auth/verify', { token }),
    client.get('/api/v1/me', { bearer: token }),
  ])
  const statuses = [proxy.status, envoy.status, asked.status, asked.body.access, guarded.status]
  if (asked.body.access) assert.deepEqual(statuses, [204, 200, 200, true, 200])
  else assert.deepEqual(statuses, [401, 401, 200, false, 401])
  return asked.body.access
}

export function refreshed(client: Client, refreshToken: string, sent: Sent = {}) {
  return client.post('/api/v1/auth/refresh', { refresh_token: refreshToken }, sent)
}

/** Somebody new with these roles, as `sigil admin create` makes them: by the verb, past the wire. */
export async function personWithRoles(world: World, roles: readonly string[]): Promise<Person> {
  const wish = { email: newEmail(), password: goodPassword, username: undefined, fullName: undefined }
  const { id, email } = await addUser(world, { ...wish, roles, address: '127.0.0.1', by: byCli })
  return { id, email, password: goodPassword }
}
