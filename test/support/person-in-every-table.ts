import assert from 'node:assert/strict'
import { type Client, clientAt } from '#test/support/client.ts'
import { connectApp } from '#test/support/connect-app.ts'
import { connectIdentity } from '#test/support/connect-identity.ts'
import { enrolledPasskey } from '#test/support/passkeys.ts'
import type { Person } from '#test/support/people.ts'
import type { TestServer } from '#test/support/server.ts'
import { clockAhead, enrolled, halfSignedIn, prove } from '#test/support/totp.ts'

/** A user with a row in every table that can have one, so that tests over all tables skip none. */
export async function personInEveryTable({
  url,
  world,
}: Pick<TestServer, 'url' | 'world'>): Promise<{ person: Person; client: Client; accessToken: string }> {
  const client = clientAt(url)
  const { person, nextCode } = await enrolled(client, clockAhead())
  const attempt = await halfSignedIn(client, person)
  const reply = await prove(client, attempt, { code: nextCode(), trust_device: true })
  assert.equal(reply.status, 200, reply.text)
  const accessToken: string = reply.body.access_token
  await enrolledPasskey(client, { url, bearer: accessToken })
  await halfSignedIn(clientAt(url), person)
  await connectIdentity(world, person.id)
  await connectApp(world, { userId: person.id, sessionId: reply.body.session_id })
  return { person, client, accessToken: reply.body.access_token }
}
