import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#src/store/sql.ts'
import { atOnce, tally } from '#test/support/at-once.ts'
import { flag, newAuthenticator, type Twist } from '#test/support/authenticator.ts'
import { browserAt, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import {
  creationOptionsFor,
  enrolledPasskey,
  signInByPasskey,
  signInOptionsFor,
} from '#test/support/passkeys.ts'
import { arrived, logOutEverywhere, refreshed, sessionIn } from '#test/support/people.ts'
import { assertRefused } from '#test/support/rejected.ts'
import type { TestServer } from '#test/support/server.ts'
import { serverForSuite } from '#test/support/suite-server.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'

const path = '/api/v1/me/passkeys'

async function somebodyAt({ url }: TestServer) {
  const client = clientAt(url)
  const { person, session } = await arrived(client)
  return { url, client, person, session, bearer: session.access_token }
}

const twists: Record<string, Twist> = {
  'another origin': { origin: 'https://evil.example' },
  'another domain': { rpId: 'evil.example' },
  'the type of a sign-in': { type: 'webauthn.get' },
  'a frame of another site': { crossOrigin: true },
  'nobody present': { flags: flag.verified },
  'a user who was not verified': { flags: flag.present },
  'a backed-up key that cannot be backed up': { flags: flag.present | flag.verified | flag.backedUp },
  'a made-up challenge': { challenge: Buffer.alloc(32, 7).toString('base64url') },
  'an attestation that is not CBOR': { attestation: Buffer.from('x') },
  'an endless attestation': { attestation: Buffer.alloc(30_000, 0x81) },
}

onBothEngines('hostile registrations', (engine) => {
  const server = serverForSuite(engine)

  for (const [what, twist] of Object.entries(twists)) {
    test(`a new passkey with ${what} is rejected`, async () => {
      const { url, client, bearer } = await somebodyAt(server())
      const response = newAuthenticator(url).create(await creationOptionsFor(client, bearer), twist)
      assertRefused(await client.post(path, { response }, { bearer }), 'passkey_rejected')
      assert.deepEqual((await client.get(path, { bearer })).body.data, [])
    })
  }
})

onBothEngines('managing passkeys', (engine) => {
  const server = serverForSuite(engine)
  const somebody = () => somebodyAt(server())

  test('a passkey is added, listed, renamed, exported and removed', async () => {
    const { url, client, bearer } = await somebody()
    const more = { aaguid: 'ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4' }
    const { authenticator, id } = await enrolledPasskey(client, { url, bearer }, more)
    const [listed] = JSON.parse((await client.get(path, { bearer })).text).data
    assert.deepEqual(
      { ...listed, created_at: '' },
      {
        id,
        credential_id: authenticator.id,
        name: 'Google Password Manager',
        authenticator: 'Google Password Manager',
        synced: false,
        created_at: '',
        last_used_at: null,
      },
    )
    const second = await enrolledPasskey(client, { url, bearer }, more)
    const renamed = await client.patch(`${path}/${id}`, { name: ' My phone ' }, { bearer })
    assert.equal(renamed.body.name, 'My phone')
    const names = async () =>
      (await client.get(path, { bearer })).body.data.map((one: { name: string }) => one.name)
    assert.deepEqual(await names(), ['My phone', 'Google Password Manager 2'])
    const { passkeys } = JSON.parse((await client.get('/api/v1/me/export', { bearer })).text)
    assert.equal(passkeys.length, 2)
    assert.equal((await client.delete(`${path}/${id}`, { bearer })).status, 204)
    assertRefused(await client.delete(`${path}/${id}`, { bearer }), 'not_found')
    assert.deepEqual(await names(), ['Google Password Manager 2'])
    assertRefused(await signInByPasskey(browserAt(url), authenticator), 'passkey_rejected')
    sessionIn(await signInByPasskey(browserAt(url), second.authenticator))
  })

  test('adding, renaming and removing a passkey is in the audit log, without its name', async () => {
    const { url, client, person, bearer } = await somebody()
    const { id } = await enrolledPasskey(client, { url, bearer })
    await client.patch(`${path}/${id}`, { name: 'The key in my drawer' }, { bearer })
    await client.patch(`${path}/${id}`, {}, { bearer })
    await client.delete(`${path}/${id}`, { bearer })
    const rows = await server().world.db.query(sql`select event, details from audit_events
      where target_id = ${person.id} and event like 'factor.%' order by at, seq`)
    assert.deepEqual(
      rows.map(({ event }) => event),
      ['factor.added', 'factor.renamed', 'factor.removed'],
    )
    for (const { details } of rows)
      assert.deepEqual(JSON.parse(String(details)), { method: 'passkey', passkey: id })
  })
})

onBothEngines('passkeys of others', (engine) => {
  const server = serverForSuite(engine)
  const somebody = () => somebodyAt(server())

  test('the passkey of another user is not found', async () => {
    const owner = await somebody()
    const { id } = await enrolledPasskey(owner.client, owner)
    const { client, bearer } = await somebody()
    assertRefused(await client.delete(`${path}/${id}`, { bearer }), 'not_found')
    assertRefused(await client.patch(`${path}/${id}`, { name: 'mine' }, { bearer }), 'not_found')
  })

  test('a registered credential cannot be registered by another user', async () => {
    const owner = await somebody()
    const { authenticator } = await enrolledPasskey(owner.client, owner)
    const { url, client, bearer } = await somebody()
    const options = await creationOptionsFor(client, bearer)
    const response = newAuthenticator(url, { id: authenticator.id }).create(options)
    assertRefused(await client.post(path, { response }, { bearer }), 'passkey_rejected')
    const session = sessionIn(await signInByPasskey(browserAt(url), authenticator))
    assert.equal(session.user.id, owner.person.id)
  })

  test('a challenge of another session or purpose adds nothing', async () => {
    const one = await somebody()
    const other = await somebody()
    const authenticator = newAuthenticator(one.url)
    const stolen = authenticator.create(await creationOptionsFor(one.client, one.bearer))
    const sent = { bearer: other.bearer }
    assertRefused(await other.client.post(path, { response: stolen }, sent), 'passkey_rejected')
    const options = { ...(await signInOptionsFor(browserAt(one.url))), rp: { id: 'localhost' } }
    const swapped = authenticator.create(options)
    assertRefused(await one.client.post(path, { response: swapped }, one), 'passkey_rejected')
  })

  test('of twenty concurrent calls with one new passkey exactly one adds it', async () => {
    const { url, client, bearer } = await somebody()
    const response = newAuthenticator(url).create(await creationOptionsFor(client, bearer))
    const replies = await atOnce(20, () => client.post(path, { response }, { bearer }))
    assert.deepEqual(tally(replies), { '201': 1, '401 passkey_rejected': 19 })
  })

  test('an account has at most twenty passkeys', async () => {
    const { url, client, bearer } = await somebody()
    for (let count = 0; count < 19; count++) await enrolledPasskey(client, { url, bearer })
    const responses: unknown[] = []
    for (let one = 0; one < 4; one++)
      responses.push(newAuthenticator(url).create(await creationOptionsFor(client, bearer)))
    const replies = await atOnce(4, (at) => client.post(path, { response: responses[at] }, { bearer }))
    assert.deepEqual(tally(replies), { '201': 1, '409 too_many_passkeys': 3 })
  })
})

onBothEngines('changes of passkeys', (engine) => {
  const server = serverForSuite(engine)
  const somebody = () => somebodyAt(server())

  test('the last way to sign in cannot be removed, even by two concurrent calls', async () => {
    const { url, client, person, bearer } = await somebody()
    const one = await enrolledPasskey(client, { url, bearer })
    const other = await enrolledPasskey(client, { url, bearer })
    await server().world.db.query(sql`update users set password_hash = null where id = ${person.id}`)
    const ids = [one.id, other.id]
    const replies = await atOnce(2, (at) => client.delete(`${path}/${ids[at]}`, { bearer }))
    assert.deepEqual(tally(replies), { '204': 1, '409 last_sign_in_method': 1 })
    assert.equal((await client.get(path, { bearer })).body.data.length, 1)
  })

  test('passkeys can be changed only with a recent proof', async () => {
    const clock = testClock()
    const { url } = await serveTestWorld(engine, { clock })
    const client = clientAt(url)
    const { session } = await arrived(client)
    const { authenticator, id } = await enrolledPasskey(client, { url, bearer: session.access_token })
    clock.forward(11 * 60_000)
    const { access_token: bearer } = await refreshed(client, session.refresh_token)
    for (const refused of [
      await client.post(`${path}/options`, undefined, { bearer }),
      await client.patch(`${path}/${id}`, { name: 'x' }, { bearer }),
      await client.delete(`${path}/${id}`, { bearer }),
      await client.post(path, { response: authenticator.create({ challenge: 'x' }) }, { bearer }),
    ]) {
      assertRefused(refused, 'step_up_required')
      assert.deepEqual(JSON.parse(refused.text).methods, ['password', 'passkey'])
    }
    const options = await client.post('/api/v1/me/step_up/options', undefined, { bearer })
    const response = authenticator.get(JSON.parse(options.text))
    const proof = { method: 'passkey', response }
    const proven = sessionIn(await client.post('/api/v1/me/step_up', proof, { bearer }))
    assertRefused(await client.post('/api/v1/me/step_up', proof, { bearer }), 'passkey_rejected')
    const removed = await client.delete(`${path}/${id}`, { bearer: proven.access_token })
    assert.equal(removed.status, 204, removed.text)
  })

  test('a logout everywhere during an enrolment invalidates it', async () => {
    const { url, client, bearer } = await somebody()
    const response = newAuthenticator(url).create(await creationOptionsFor(client, bearer))
    const beforeBody = () => logOutEverywhere(client, bearer)
    const reply = await client.post(path, { response }, { bearer, beforeBody })
    assertRefused(reply, 'not_signed_in')
    const rows = await server().world.db.query(sql`select id from passkeys
      where credential_id = ${String(response.id)}`)
    assert.equal(rows.length, 0)
  })
})

onBothEngines('attestation of passkeys', (engine) => {
  const server = serverForSuite(engine)
  const somebody = () => somebodyAt(server())

  test('an attestation statement is ignored: nothing is fetched or parsed', async () => {
    const { url, client, bearer } = await somebody()
    const authenticator = newAuthenticator(url)
    const response = authenticator.create(await creationOptionsFor(client, bearer))
    const plain = Buffer.from(String(Object(response).response.attestationObject), 'base64url')
    const attested = Buffer.concat([
      Buffer.from([0xa3, 0x63]),
      Buffer.from('fmt'),
      Buffer.from([0x65]),
      Buffer.from('apple'),
      plain.subarray(plain.indexOf('attStmt') - 1),
    ]).toString('base64url')
    Object(response).response.attestationObject = attested
    assert.equal((await client.post(path, { response }, { bearer })).status, 201)
  })
})
