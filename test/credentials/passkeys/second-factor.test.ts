import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#src/store/sql.ts'
import { atOnce, tally } from '#test/support/at-once.ts'
import { flag } from '#test/support/authenticator.ts'
import { browserAt, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { enrolledPasskey, optionsIn, signInByPasskey } from '#test/support/passkeys.ts'
import { arrived, sessionIn, signIn } from '#test/support/people.ts'
import { assertRefused } from '#test/support/rejected.ts'
import type { TestServer } from '#test/support/server.ts'
import { serverForSuite } from '#test/support/suite-server.ts'
import { addedTotp, clockAhead, enrolled } from '#test/support/totp.ts'

const mfaPath = '/api/v1/auth/mfa'

/** A user with an authenticator app, which makes a passkey a second factor too. */
async function ownerAt({ url }: TestServer) {
  const client = clientAt(url)
  const { person, session } = await arrived(client)
  const { authenticator, id } = await enrolledPasskey(client, { url, bearer: session.access_token })
  await addedTotp(client, { bearer: session.access_token, clock: clockAhead() })
  return { client, person, session, authenticator, id }
}

async function begun({ client, person }: Awaited<ReturnType<typeof ownerAt>>) {
  const { text } = await signIn(client, person)
  const { mfa_token, methods } = JSON.parse(text)
  assert.ok(methods.includes('passkey'), text)
  const options = optionsIn(await client.post(`${mfaPath}/options`, { mfa_token }))
  return { mfa_token, options }
}

onBothEngines('a passkey as second factor', (engine) => {
  const server = serverForSuite(engine)
  const owner = () => ownerAt(server())

  test('a passkey completes a sign-in with a password, even without user verification', async () => {
    const somebody = await owner()
    const { client, authenticator } = somebody
    const { mfa_token, options } = await begun(somebody)
    assert.deepEqual(Object(options).allowCredentials[0].id, authenticator.id)
    const response = authenticator.get(options, { flags: flag.present })
    const session = sessionIn(await client.post(mfaPath, { mfa_token, method: 'passkey', response }))
    assert.equal(session.user.id, somebody.person.id)
  })

  test('adding a first passkey does not change the sign-in with a password', async () => {
    const { url } = server()
    const client = clientAt(url)
    const { person, session } = await arrived(client)
    await enrolledPasskey(client, { url, bearer: session.access_token })
    sessionIn(await signIn(client, person))
  })

  test('a passkey that verified its user needs no second factor', async () => {
    const { authenticator } = await owner()
    sessionIn(await signInByPasskey(browserAt(server().url), authenticator))
  })

  test('of four parallel calls with one assertion exactly one signs in, of twenty at most one', async () => {
    for (const calls of [4, 20]) {
      const somebody = await owner()
      const { mfa_token, options } = await begun(somebody)
      const response = somebody.authenticator.get(options)
      const json = { mfa_token, method: 'passkey', response }
      const counts = tally(await atOnce(calls, () => somebody.client.post(mfaPath, json)))
      const signedIn = counts['200'] ?? 0
      // Five wrong tries end the attempt, possibly before the correct one finishes.
      assert.ok(calls === 4 ? signedIn === 1 : signedIn <= 1, JSON.stringify(counts))
    }
  })

  test('a passkey of another user, or for another sign-in, is rejected', async () => {
    const [one, other] = [await owner(), await owner()]
    const { mfa_token, options } = await begun(one)
    const foreign = { mfa_token, method: 'passkey', response: other.authenticator.get(options) }
    assertRefused(await one.client.post(mfaPath, foreign), 'passkey_rejected')
    const second = await begun(one)
    const swapped = { mfa_token, method: 'passkey', response: one.authenticator.get(second.options) }
    assertRefused(await one.client.post(mfaPath, swapped), 'passkey_rejected')
  })
})

onBothEngines('hostile second factors', (engine) => {
  const server = serverForSuite(engine)
  const owner = () => ownerAt(server())

  test('a passkey that was removed in the meantime completes no sign-in', async () => {
    const somebody = await owner()
    const { client, authenticator, id } = somebody
    const { mfa_token, options } = await begun(somebody)
    await server().world.db.query(sql`delete from passkeys where id = ${id}`)
    const json = { mfa_token, method: 'passkey', response: authenticator.get(options) }
    assertRefused(await client.post(mfaPath, json), 'passkey_rejected')
  })

  test('options require a sign-in that accepts a passkey', async () => {
    const client = clientAt(server().url)
    assertRefused(await client.post(`${mfaPath}/options`, { mfa_token: 'x' }), 'attempt_expired')
    const { person } = await enrolled(client, clockAhead())
    const { mfa_token } = JSON.parse((await signIn(client, person)).text)
    assertRefused(await client.post(`${mfaPath}/options`, { mfa_token }), 'attempt_expired')
  })

  test('adding and removing passkeys and an authenticator app keeps the second factors correct', async () => {
    const { url, world } = server()
    const client = clientAt(url)
    const { person, session } = await arrived(client)
    const bearer = session.access_token
    const factors = async () => {
      const [row] = await world.db.query(sql`select second_factors from users where id = ${person.id}`)
      return row?.second_factors
    }
    const removePasskeys = async () => {
      for (const { id } of (await client.get('/api/v1/me/passkeys', { bearer })).body.data)
        assert.equal((await client.delete(`/api/v1/me/passkeys/${id}`, { bearer })).status, 204)
    }
    await enrolledPasskey(client, { url, bearer })
    assert.equal(await factors(), '')
    await addedTotp(client, { bearer, clock: clockAhead() })
    assert.equal(await factors(), 'totp,passkey,recovery_code')
    await removePasskeys()
    assert.equal(await factors(), 'totp,recovery_code')
    await enrolledPasskey(client, { url, bearer })
    assert.equal(await factors(), 'totp,passkey,recovery_code')
    assert.equal((await client.delete('/api/v1/me/totp', { bearer })).status, 204)
    // The passkey stays, and signs in on its own; a password is enough again.
    assert.equal(await factors(), '')
    assert.equal((await client.get('/api/v1/me/passkeys', { bearer })).body.data.length, 1)
    sessionIn(await signIn(client, person))
  })
})
