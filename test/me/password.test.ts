import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { partsOf } from '#test/support/forging.ts'
import { arrived, isAccepted, refresh, signedIn } from '#test/support/people.ts'
import { assertFieldRefused, assertRefused } from '#test/support/rejected.ts'
import { serverForSuite } from '#test/support/suite-server.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'

const path = '/api/v1/me/password'
const fresh = 'another plum tarot 43'

onBothEngines('a change of the password', (engine) => {
  const server = serverForSuite(engine)

  test('changing the password gives this session a new pair and revokes all other sessions', async () => {
    const client = clientAt(server().url)
    const { person, session: mine } = await arrived(client)
    const other = await signedIn(client, person)
    const change = { current: person.password, new: fresh }
    const reply = await client.put(path, change, { bearer: mine.access_token })
    assert.equal(reply.status, 200, reply.text)
    assert.equal(reply.body.session_id, mine.session_id)
    for (const { access_token } of [mine, other]) assert.equal(await isAccepted(client, access_token), false)
    assertRefused(await refresh(client, other.refresh_token), 'refresh_token_revoked')
    assertRefused(await refresh(client, mine.refresh_token), 'invalid_token')
    assert.equal(await isAccepted(client, reply.body.access_token), true)
    const next = await refresh(client, reply.body.refresh_token)
    assert.equal(next.status, 200, next.text)
    const { data } = (await client.get('/api/v1/me/sessions', { bearer: next.body.access_token })).body
    assert.deepEqual(
      data.map(({ id }) => id),
      [mine.session_id],
    )
  })

  test('changing the password with a wrong current one has no effect', async () => {
    const client = clientAt(server().url)
    const { person, session: mine } = await arrived(client)
    const other = await signedIn(client, person)
    const bearer = mine.access_token
    for (const current of ['not the password 77', '', person.email]) {
      assertRefused(await client.put(path, { current, new: fresh }, { bearer }), 'wrong_password')
    }
    for (const { access_token } of [mine, other]) assert.equal(await isAccepted(client, access_token), true)
    await signedIn(client, person)
  })
})

onBothEngines('a new password', (engine) => {
  const server = serverForSuite(engine)

  test('a new password that is easy to guess is rejected', async () => {
    const client = clientAt(server().url)
    const { person, session } = await arrived(client, { username: 'sherlock.holmes' })
    const bearer = session.access_token
    for (const guessed of ['short', 'qwertyuiop', person.email, 'Sherlock Holmes!', 'x'.repeat(1025)]) {
      const change = { current: person.password, new: guessed }
      assertFieldRefused(await client.put(path, change, { bearer }), '/new')
    }
    for (const change of [{ current: person.password }, { new: fresh }, {}]) {
      assertRefused(await client.put(path, change, { bearer }), 'invalid_request')
    }
    assertRefused(await client.put(path, { current: person.password, new: fresh }), 'not_signed_in')
    assert.equal(await isAccepted(client, bearer), true)
  })

  test('changing the password counts as a recent sign-in', async () => {
    const clock = testClock()
    const { url } = await serveTestWorld(engine, { clock })
    const client = clientAt(url)
    const { person, session } = await arrived(client)
    const before = partsOf(session.access_token).claims
    clock.forward(60_000)
    const change = { current: person.password, new: fresh }
    const { body } = await client.put(path, change, { bearer: session.access_token })
    const { claims } = partsOf(body.access_token)
    assert.equal(Number(claims.auth_time) - Number(before.auth_time), 60)
  })
})
