import assert from 'node:assert/strict'
import { test } from 'node:test'
import { disable } from '#src/accounts/disable.ts'
import { bySystem } from '#src/audit/by.ts'
import { sql } from '#src/store/sql.ts'
import { newAuthenticator } from '#test/support/authenticator.ts'
import { browserAt, clientAt, type Reply } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { flowsAt } from '#test/support/known-and-unknown.ts'
import { enrolledPasskey, signInByPasskey } from '#test/support/passkeys.ts'
import { goodPassword, newEmail, signedIn, signIn, signUp } from '#test/support/people.ts'
import { assertRefused } from '#test/support/rejected.ts'
import type { TestServer } from '#test/support/server.ts'
import { statementLog, type Trips } from '#test/support/statement-log.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'

const env = {
  SIGIL_SMTP_URL: 'smtp://127.0.0.1:1',
  SIGIL_MAIL_FROM: 'no-reply@example.org',
  SIGIL_EMAIL_VERIFICATION: 'required',
}

async function verifiedOn({ url, world }: TestServer) {
  const email = newEmail()
  assert.equal((await signUp(clientAt(url), { email, password: goodPassword })).status, 202)
  const [row] = await world.db.query(sql`update users set email_verified_at = 1
    where email = ${email} returning id`)
  return { email, password: goodPassword, id: String(row?.id) }
}

async function statementsOfAll(server: TestServer, calls: readonly (() => Promise<Reply>)[]) {
  const statementsOf = statementLog(server.world)
  const all: Trips[] = []
  for (const call of calls) all.push(await statementsOf(call))
  return all
}

onBothEngines('statements of known and unknown people', (engine) => {
  test('a call with an email sends the same statements in the same round trips', async () => {
    const server = await serveTestWorld(engine, { clock: testClock(), env })
    const flows = await flowsAt(server.url, () => verifiedOn(server))
    const statementsOf = statementLog(server.world)
    for (const { name, known, unknown } of flows) {
      const ofUnknown = await statementsOf(unknown)
      assert.ok(ofUnknown.length > 0, name)
      assert.deepEqual(await statementsOf(known), ofUnknown, name)
    }
  })

  test('a sign-up sends the same statements when the address has got too many messages', async () => {
    const limited = { ...env, SIGIL_RATE_LIMITS: 'on' }
    const server = await serveTestWorld(engine, { clock: testClock(), env: limited })
    const client = clientAt(server.url)
    const [known, unknown] = [await verifiedOn(server), { email: newEmail() }]
    const isLimited = async (email: string) =>
      (await client.post('/api/v1/auth/forgot', { email })).status === 429
    for (const { email } of [known, unknown]) while (!(await isLimited(email)));
    const signingUp = (email: string) => () => signUp(client, { email, password: goodPassword })
    const [ofKnown, ofUnknown] = await statementsOfAll(server, [
      signingUp(known.email),
      signingUp(unknown.email),
    ])
    assert.ok(ofKnown && ofKnown.length > 5)
    assert.deepEqual(ofKnown, ofUnknown)
  })
})

onBothEngines('statements of failed sign-ins', (engine) => {
  test('a failed sign-in sends the same statements for known, unknown and disabled logins', async () => {
    const server = await serveTestWorld(engine, { clock: testClock(), env })
    const client = clientAt(server.url)
    const [known, disabled] = [await verifiedOn(server), await verifiedOn(server)]
    await disable(server.world, { userId: disabled.id, by: bySystem })
    const failing = (login: string, password: string) => async () => {
      const reply = await signIn(client, { login, password })
      assertRefused(reply, 'wrong_credentials')
      return reply
    }
    const [ofKnown, ...others] = await statementsOfAll(server, [
      failing(known.email, 'not the password 77'),
      failing(newEmail(), goodPassword),
      failing(disabled.email, goodPassword),
    ])
    for (const other of others) assert.deepEqual(other, ofKnown)
  })

  test('a rejected passkey sends the same statements, known or unknown', async () => {
    const server = await serveTestWorld(engine, { clock: testClock(), env })
    const { url } = server
    const person = await verifiedOn(server)
    const { access_token: bearer } = await signedIn(clientAt(url), person)
    const { authenticator } = await enrolledPasskey(clientAt(url), { url, bearer })
    const stranger = newAuthenticator(url)
    stranger.create({ challenge: '', user: { id: Buffer.from(person.id).toString('base64url') } })
    const forged = { key: newAuthenticator('').key }
    const [wrong, unknown] = await statementsOfAll(server, [
      () => signInByPasskey(browserAt(url), authenticator, forged),
      () => signInByPasskey(browserAt(url), stranger),
    ])
    assert.deepEqual(unknown, wrong)
  })
})
