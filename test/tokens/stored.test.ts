import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from 'otpauth'
import { tables } from '#src/store/tables.ts'
import type { World } from '#src/world/world.ts'
import { browserAt, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { signedInOnPage } from '#test/support/forms.ts'
import { arrived, refreshed, signedIn } from '#test/support/people.ts'
import { rowsIn } from '#test/support/stored-rows.ts'
import { serverForSuite } from '#test/support/suite-server.ts'
import { clockAhead, enrolled, halfSignedIn, prove } from '#test/support/totp.ts'

onBothEngines('stored secrets', (engine) => {
  const server = serverForSuite(engine)

  test('passwords, tokens and handles are not stored in a form that a client could send', async () => {
    const { url, world } = server()
    const [client, browser] = [clientAt(url), browserAt(url)]
    const { person, session } = await arrived(client)
    const next = await refreshed(client, session.refresh_token)
    await signedInOnPage(browser, person.email)
    await signedIn(browser, person, { transport: 'cookie' })
    const other = await enrolled(client, clockAhead())
    const proof = { code: other.nextCode(), trust_device: true }
    const mfaToken = await halfSignedIn(browser, other.person)
    assert.equal((await prove(browser, mfaToken, proof)).status, 200)
    const secrets = [
      person.password,
      other.secret,
      Buffer.from(Secret.fromBase32(other.secret).bytes).toString('base64url'),
      ...other.codes,
      mfaToken.split('.')[0] ?? '',
      browser.jar.valueOf('sigil_trusted_device').split('.')[0] ?? '',
      ...[session, next].flatMap(({ access_token, refresh_token }) => [
        access_token,
        ...refresh_token.split('.'),
      ]),
      ...['session', 'access_token', 'known_browser'].map((name) => browser.jar.valueOf(name)),
      ...browser.jar.valueOf('refresh_token').split('.'),
    ].filter((secret) => secret.length > 8)
    assert.ok(secrets.length >= 10)
    const stored = await allRowsOf(world)
    assert.ok(stored.includes(session.session_id) && stored.includes(person.email))
    for (const secret of secrets) assert.ok(!stored.includes(secret.replace('sgr_', '')), secret)
  })
})

/** Every row of every table: a new table is searched too. */
async function allRowsOf({ db }: World): Promise<string> {
  const rows = []
  for (const { name } of tables) rows.push(await rowsIn(db.query, name))
  return JSON.stringify(rows)
}
