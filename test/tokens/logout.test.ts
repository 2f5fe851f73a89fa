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

onBothEngines('logging out', (engine) => {
  const server = serverForSuite(engine)

  test('may be said twice, and is as true the second time', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client)
    for (const _ of [1, 2, 3]) {
      assert.equal((await logOut(client, session.access_token)).status, 204)
      const byRefresh = await client.post(logout, { refresh_token: session.refresh_token })
      assert.equal(byRefresh.status, 204)
      assert.equal(await isAccepted(client, session.access_token), false)
    }
  })

  test('works with the refresh token alone, also one that was spent', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client)
    const next = await refreshed(client, session.refresh_token)
    assert.equal((await client.post(logout, { refresh_token: session.refresh_token })).status, 204)
    assert.equal(await isAccepted(client, next.access_token), false)
    assertRefused(await refresh(client, next.refresh_token), 'refresh_token_revoked')
  })

  test('with the tokens of two sessions ends both', async () => {
    const client = clientAt(server().url)
    const { person, session: one } = await arrived(client)
    const [two, three] = [await signedIn(client, person), await signedIn(client, person)]
    const sent = { bearer: one.access_token }
    assert.equal((await client.post(logout, { refresh_token: two.refresh_token }, sent)).status, 204)
    for (const dead of [one, two]) assert.equal(await isAccepted(client, dead.access_token), false)
    assert.equal(await isAccepted(client, three.access_token), true)
  })

  test('with nothing that is ours ends nothing', async () => {
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

onBothEngines('logging out everywhere', (engine) => {
  const server = serverForSuite(engine)

  test('with a token that is dead already ends nothing that was begun since', async () => {
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

  test('by many at once is done once, and holds', async () => {
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
    for (const dead of [session, other]) assert.equal(await isAccepted(client, dead.access_token), false)
    assert.equal(await isAccepted(client, (await signedIn(client, person)).access_token), true)
  })
})

onBothEngines('the answer to logging out everywhere', (engine) => {
  const server = serverForSuite(engine)

  test('is answered before it holds everywhere only to who prefers that, and says so', async () => {
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

  test('takes the cookies of the browser that asked, and leaves no other browser in', async () => {
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
