import assert from 'node:assert/strict'
import { addUser } from '#src/accounts/add.ts'
import { byCli } from '#src/audit/by.ts'
import type { World } from '#src/world/world.ts'
import type { Client, Reply, Sent } from '#test/support/client.ts'
import { signInDirectly } from '#test/support/sign-in-directly.ts'
import type { WireSession } from '#test/support/wire-body.ts'

/*
 * Users and their calls. A participle (`signedIn`) asserts success and returns the result; an imperative
 * (`signIn`) returns any response, for the test to check. Other calls are made by their path:
 * `client.get('/api/v1/me', { bearer })`.
 */

export type Person = { readonly id: string; readonly email: string; readonly password: string }

let count = 0

/** Returns an email that was not used in this process before. */
export function newEmail(): string {
  return `person-${++count}@example.org`
}

export const goodPassword = 'plum tarot window 42'

/** The built-in roles. */
export const builtInRoles = ['default_user', 'guest', 'subscriber', 'admin'] as const

/** Signs up a new user. `more` adds or replaces members of the body. */
export async function signedUp(client: Client, more: Record<string, unknown> = {}): Promise<Person> {
  const fields = { email: newEmail(), password: goodPassword, ...more }
  const reply = await signUp(client, fields)
  assert.equal(reply.status, 201, reply.text)
  return { id: reply.body.user.id, email: reply.body.user.email, password: fields.password }
}

export function signUp(client: Client, fields: Record<string, unknown>): Promise<Reply> {
  return client.post('/api/v1/auth/signup', fields)
}

/** An email or another login, and a password. `more` contains other members of the body. */
type Credentials = { readonly password: string; readonly transport?: never } & (
  | { readonly email: string }
  | { readonly login: string }
)

/** Signs a user in and returns the session. */
export async function signedIn(
  client: Client,
  who: Credentials,
  more: Record<string, unknown> = {},
): Promise<WireSession> {
  return sessionIn(await signIn(client, who, more))
}

export function signIn(client: Client, who: Credentials, more: Record<string, unknown> = {}): Promise<Reply> {
  const login = 'login' in who ? who.login : who.email
  return client.post('/api/v1/auth/signin', { login, password: who.password, ...more })
}

/** Signs up a new user and signs them in. */
export async function arrived(
  client: Client,
  more: Record<string, unknown> = {},
): Promise<{ person: Person; session: WireSession }> {
  const person = await signedUp(client, more)
  return { person, session: await signedIn(client, person) }
}

export async function refreshed(client: Client, refreshToken: string): Promise<WireSession> {
  return sessionIn(await refresh(client, refreshToken))
}

export function refresh(client: Client, refreshToken: string, sent: Sent = {}): Promise<Reply> {
  return client.post('/api/v1/auth/refresh', { refresh_token: refreshToken }, sent)
}

/** Asserts success of a sign-in, a refresh or a change of password, and returns the session. */
export function sessionIn({ status, text, body }: Reply): WireSession {
  assert.equal(status, 200, text)
  return body
}

export function logOut(client: Client, bearer: string): Promise<Reply> {
  return client.post('/api/v1/auth/logout', undefined, { bearer })
}

export function logOutEverywhere(client: Client, bearer: string): Promise<Reply> {
  return client.post('/api/v1/auth/logout_all', undefined, { bearer })
}

/** Whether an access token is accepted, by all endpoints that verify one: they must agree. */
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

/** Creates a user with these roles directly, as `sigil admin create` does. */
export async function personWithRoles(world: World, roles: readonly string[]): Promise<Person> {
  const fields = { email: newEmail(), password: goodPassword, username: undefined, fullName: undefined }
  const { id, email } = await addUser(world, { ...fields, roles, address: '127.0.0.1', by: byCli })
  return { id, email, password: goodPassword }
}

/** Signs a user in directly, without HTTP, and returns the token pair. */
export async function pairOf(world: World, { email: login, password }: Person) {
  const client = { address: '192.0.2.7', userAgent: '' }
  const attempt = {
    login,
    password,
    client,
    forPages: false,
    knownBrowser: undefined,
    trustedDevice: undefined,
    by: byCli,
  }
  return (await signInDirectly(world, attempt)).pair
}
