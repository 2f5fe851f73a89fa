import assert from 'node:assert/strict'
import { putConsent } from '#src/apps/consents.sql.ts'
import { openGrant } from '#src/apps/open-grant.ts'
import { byCli } from '#src/audit/by.ts'
import type { World } from '#src/world/world.ts'
import { registerApp } from '#test/support/app-sign-in.ts'
import { type Client, clientAt } from '#test/support/client.ts'
import { connectIdentity } from '#test/support/connect-identity.ts'
import { enrolledPasskey } from '#test/support/passkeys.ts'
import type { Person } from '#test/support/people.ts'
import type { TestServer } from '#test/support/server.ts'
import { clockAhead, enrolled, halfSignedIn, prove } from '#test/support/totp.ts'

/** Somebody about whom every table has a row that can have one, so that no test of all tables skips any. */
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

/** A user who is signed in to an app, and has agreed to what it does. */
async function connectApp(world: World, { userId, sessionId }: { userId: string; sessionId: string }) {
  const { id: clientId } = await registerApp(world)
  await putConsent(world.db.query, { userId, clientId, scopes: {}, now: world.clock.now() })
  const opened = await openGrant(world, {
    useCode: async () => true,
    ...{ id: clientId, userId, clientId, sessionId, isOffline: false, scopes: ['openid'], audiences: [] },
    ...{ amr: ['pwd'], level: 'aal1', authenticatedAt: world.clock.now() },
    ...{ client: { address: '127.0.0.1', userAgent: '' }, by: byCli },
  })
  assert.equal(opened.kind, 'opened')
}
