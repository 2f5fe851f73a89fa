import assert from 'node:assert/strict'
import { type Authenticator, newAuthenticator, type Twist } from '#test/support/authenticator.ts'
import type { Client, Reply } from '#test/support/client.ts'

type Options = Parameters<Authenticator['get']>[0]

/** The options in a response: they have members that no other response has. */
export function optionsIn({ status, text }: Reply): Options & Record<string, unknown> {
  assert.equal(status, 200, text)
  return JSON.parse(text)
}

export async function creationOptionsFor(client: Client, bearer: string): Promise<Options> {
  return optionsIn(await client.post('/api/v1/me/passkeys/options', undefined, { bearer }))
}

/** Adds a passkey to the account of a session, and returns it with its id at the server. */
export async function enrolledPasskey(
  client: Client,
  { url, bearer }: { url: string; bearer: string },
  more: Parameters<typeof newAuthenticator>[1] = {},
): Promise<{ authenticator: Authenticator; id: string }> {
  const authenticator = newAuthenticator(url, more)
  const response = authenticator.create(await creationOptionsFor(client, bearer))
  const reply = await client.post('/api/v1/me/passkeys', { response }, { bearer })
  assert.equal(reply.status, 201, reply.text)
  return { authenticator, id: reply.body.id }
}

/** Requests a challenge to sign in. The client keeps the cookie that it is bound to. */
export async function signInOptionsFor(client: Client, login?: string): Promise<Options> {
  return optionsIn(await client.post('/api/v1/auth/passkey/options', login === undefined ? {} : { login }))
}

export async function signInByPasskey(
  client: Client,
  authenticator: Authenticator,
  twist: Twist = {},
): Promise<Reply> {
  const response = authenticator.get(await signInOptionsFor(client), twist)
  return client.post('/api/v1/auth/passkey/signin', { response })
}
