import assert from 'node:assert/strict'
import { test } from 'node:test'
import { atOnce } from '#test/support/at-once.ts'
import { browserAt, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import {
  arrived,
  isAccepted,
  logOut,
  logOutEverywhere,
  refresh,
  refreshed,
  signedIn,
  signedUp,
} from '#test/support/people.ts'
import { assertFieldRefused, assertRefused } from '#test/support/rejected.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

const logout = '/api/v1/auth/logout'
const logoutAll = '/api/v1/auth/logout_all'

onBothEngines('logout', (engine) => {
  const server = serverForSuite(engine)

  test('logout can be repeated', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client)
    for (const _ of [1, 2, 3]) {
      assert.equal((await logOut(client, session.access_token)).status, 204)
      const byRefresh = await client.post(logout, { refresh_token: session.refresh_token })
      assert.equal(byRefresh.status, 204)
      assert.equal(await isAccepted(client, session.access_token), false)
    }
  })

  test('logout works with only the refresh token, even with a rotated one', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client)
    const next = await refreshed(client, session.refresh_token)
    assert.equal((await client.post(logout, { refresh_token: session.refresh_token })).status, 204)
    assert.equal(await isAccepted(client, next.access_token), false)
    assertRefused(await refresh(client, next.refresh_token), 'refresh_token_revoked')
  })

  test('logout with the tokens of two sessions ends both', async () => {
    const client = clientAt(server().url)
    const { person, session: one } = await arrived(client)
    const [two, three] = [await signedIn(client, person), await signedIn(client, person)]
    const sent = { bearer: one.access_token }
    assert.equal((await client.post(logout, { refresh_token: two.refresh_token }, sent)).status, 204)
    for (const revoked of [one, two]) assert.equal(await isAccepted(client, revoked.access_token), false)
    assert.equal(await isAccepted(client, three.access_token), true)
  })

  test('logout without a valid token ends nothing', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client)
    for (const path of [logout, logoutAll]) {
      assertRefused(await client.post(path), 'not_signed_in')
      assertRefused(await client.post(path, {}, { bearer: 'x' }), 'not_signed_in')
      const unknown = await client.post(path, { everything: true }, { bearer: session.access_token })
      assertFieldRefused(unknown, '/everything', 'unknown_key')
    }
    const cut = session.refresh_token.slice(0, -1)
    assertRefused(await client.post(logout, { refresh_token: cut }), 'not_signed_in')
    assert.equal(await isAccepted(client, session.access_token), true)
  })
})

onBothEngines('logout_all', (engine) => {
  const server = serverForSuite(engine)

  test('logout_all with a revoked token ends no later session', async () => {
    const client = clientAt(server().url)
    const { person, session: old } = await arrived(client)
    await logOutEverywhere(client, old.access_token)
    const fresh = await signedIn(client, person)
    assertRefused(await logOutEverywhere(client, old.access_token), 'not_signed_in')
    assert.equal((await logOut(client, old.access_token)).status, 204)
    assert.equal((await client.post(logout, { refresh_token: old.refresh_token })).status, 204)
    assert.equal(await isAccepted(client, fresh.access_token), true)
    assert.equal((await refresh(client, fresh.refresh_token)).status, 200)
  })

  test('ten logout_all calls at once end each session once', async () => {
    const client = clientAt(server().url)
    const { person, session } = await arrived(client)
    const other = await signedIn(client, person)
    const replies = await atOnce(10, () => logOutEverywhere(client, session.access_token))
    for (const reply of replies) {
      if (reply.status !== 200) assertRefused(reply, 'not_signed_in')
    }
    const ended = replies.map(({ body }) => body.sessions_ended ?? 0)
    assert.equal(Math.max(...ended), 2)
    assert.equal(
      ended.reduce((sum, one) => sum + one, 0),
      2,
    )
    for (const revoked of [session, other])
      assert.equal(await isAccepted(client, revoked.access_token), false)
    assert.equal(await isAccepted(client, (await signedIn(client, person)).access_token), true)
  })
})

onBothEngines('the logout_all response', (engine) => {
  const server = serverForSuite(engine)

  test('logout_all returns before propagation only with Prefer: respond-async', async () => {
    const client = clientAt(server().url)
    const person = await signedUp(client)
    for (const prefer of ['respond-async', 'wait=5, respond-async', 'Respond-Async;x=y']) {
      const bearer = (await signedIn(client, person)).access_token
      const reply = await client.post(logoutAll, undefined, { bearer, headers: { prefer } })
      assert.deepEqual([reply.status, reply.body.everywhere], [202, false])
      assert.equal(reply.headers['preference-applied'], 'respond-async')
      assert.equal(await isAccepted(client, bearer), false)
    }
    const bearer = (await signedIn(client, person)).access_token
    const reply = await client.post(logoutAll, undefined, {
      bearer,
      headers: { prefer: 'respond-asynchronous' },
    })
    assert.deepEqual([reply.status, reply.body.everywhere], [200, true])
    assert.equal(reply.headers['preference-applied'], undefined)
  })

  test('logout_all clears the cookies of the calling browser and signs out every other one', async () => {
    const { url } = server()
    const [one, two] = [browserAt(url), browserAt(url)]
    const person = await signedUp(one)
    for (const browser of [one, two]) await signedIn(browser, person, { transport: 'cookie' })
    assert.equal((await one.post(logoutAll)).status, 200)
    assert.ok(!one.jar.names.some((name) => /token|session/.test(name)))
    assertRefused(await two.get('/api/v1/me'), 'not_signed_in')
    assertRefused(await two.post('/api/v1/auth/refresh'), 'refresh_token_revoked')
  })
})
