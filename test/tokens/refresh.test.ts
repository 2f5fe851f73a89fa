import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRefreshToken, writeRefreshToken } from '#src/tokens/refresh-token.ts'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { withSpareBits } from '#test/support/forging.ts'
import { arrived, isAccepted, refresh, refreshed, signedIn } from '#test/support/people.ts'
import { assertFieldRefused, assertRefused } from '#test/support/rejected.ts'
import { startServer } from '#test/support/server.ts'
import { serverForSuite } from '#test/support/suite-server.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'

const dayMs = 24 * 60 * 60 * 1000

onBothEngines('refresh tokens', (engine) => {
  const server = serverForSuite(engine)

  test('a refresh token has the documented form and a counter that increases with each use', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client)
    assert.match(session.refresh_token, /^sgr_[\w-]{22}\.0\.[\w-]{30}$/)
    const [handle] = session.refresh_token.split('.')
    assert.ok(!handle?.includes(session.session_id))
    const next = await refresh(client, session.refresh_token)
    assert.equal(next.status, 200, next.text)
    assert.ok(next.body.refresh_token.startsWith(`${handle}.1.`))
    assert.equal(next.body.session_id, session.session_id)
    assert.equal(next.body.user.id, session.user.id)
  })

  test('a refresh token that is cut, changed or assembled from two is rejected', async () => {
    const client = clientAt(server().url)
    const { person, session } = await arrived(client)
    const own = session.refresh_token
    const [handle = '', counter = '', mac = ''] = own.split('.')
    const other = (await signedIn(client, person)).refresh_token.split('.')
    const wrong = [
      own.slice(0, -1),
      own.slice(4),
      `${own}A`,
      withSpareBits(own),
      `${handle}.${counter}`,
      `${handle}.1.${mac}`,
      `${handle}.00.${mac}`,
      `${handle}.-0.${mac}`,
      `${handle}.0e0.${mac}`,
      `${other[0]}.${counter}.${mac}`,
      `${handle}.${counter}.${other[2]}`,
      `${handle}.${counter}.AAAAAAAA${mac.slice(8)}`,
      `${handle}.${counter}.${'A'.repeat(30)}`,
      ` ${own}`,
      own.toUpperCase(),
      session.access_token,
      'x',
      'x'.repeat(9000),
    ]
    for (const token of wrong) assertRefused(await refresh(client, token), 'invalid_token')
    assertRefused(await client.post('/api/v1/auth/refresh'), 'invalid_token')
    assertFieldRefused(await refresh(client, ''), '/refresh_token')
    assert.equal((await refresh(client, own)).status, 200)
  })
})

onBothEngines('refresh tokens that were never issued', (engine) => {
  const server = serverForSuite(engine)

  test('a refresh token with a valid MAC is rejected if its counter or handle was never issued', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client)
    const { keys } = server().world
    const read = readRefreshToken(keys, session.refresh_token)
    assert.ok(read)
    const ahead = [1, 2, 999_999_999_999_999]
    for (const counter of ahead) {
      assertRefused(await refresh(client, writeRefreshToken(keys, { ...read, counter })), 'invalid_token')
    }
    const unknown = writeRefreshToken(keys, { handle: 'A'.repeat(22), counter: 0 })
    assertRefused(await refresh(client, unknown), 'invalid_token')
    assert.equal((await refresh(client, session.refresh_token)).status, 200)
  })

  test('access and refresh tokens are not interchangeable', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client)
    assert.equal(await isAccepted(client, session.refresh_token), false)
    assertRefused(await refresh(client, session.access_token), 'invalid_token')
  })
})

onBothEngines('the refresh grace', (engine) => {
  const server = serverForSuite(engine, { SIGIL_TRUSTED_PROXIES: '127.0.0.1,::1', SIGIL_REFRESH_GRACE: '5m' })

  test('within the grace period the previous refresh token returns the same successor again', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client)
    const successors = new Set<string>()
    for (const _ of [1, 2, 3]) {
      const { status, body } = await refresh(client, session.refresh_token)
      assert.equal(status, 200)
      assert.equal(await isAccepted(client, body.access_token), true)
      successors.add(body.refresh_token)
    }
    assert.equal(successors.size, 1)
    const [only = ''] = successors
    assert.equal((await refresh(client, only)).status, 200)
  })

  test('within the grace period a refresh token may come from another address or browser', async () => {
    const { url } = server()
    const client = clientAt(url, { address: '192.0.2.1', userAgent: 'Laptop' })
    const { session } = await arrived(client)
    await refresh(client, session.refresh_token)
    for (const who of [
      { address: '192.0.2.2', userAgent: 'Laptop' },
      { address: '192.0.2.1', userAgent: 'Phone' },
    ]) {
      assert.equal((await refresh(clientAt(url, who), session.refresh_token)).status, 200)
    }
  })

  test('within the grace period a token from another address and browser ends the session', async () => {
    const { url } = server()
    const client = clientAt(url, { address: '192.0.2.1', userAgent: 'Laptop' })
    const { session } = await arrived(client)
    const next = await refreshed(client, session.refresh_token)
    const thief = clientAt(url, { address: '203.0.113.9', userAgent: 'Curl' })
    assertRefused(await refresh(thief, session.refresh_token), 'refresh_token_reused')
    assert.equal(await isAccepted(client, next.access_token), false)
    assertRefused(await refresh(client, next.refresh_token), 'refresh_token_reused')
  })

  test('within the grace period a refresh token two rotations old ends the session', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client)
    const second = await refreshed(client, session.refresh_token)
    const third = await refreshed(client, second.refresh_token)
    assertRefused(await refresh(client, session.refresh_token), 'refresh_token_reused')
    assert.equal(await isAccepted(client, third.access_token), false)
  })
})

onBothEngines('expiry of refresh tokens', (engine) => {
  test('the refresh grace ends after 10 seconds, and a later repeat ends the session', async () => {
    const clock = testClock()
    const { url } = await serveTestWorld(engine, { clock })
    const client = clientAt(url)
    const { session } = await arrived(client)
    const next = await refreshed(client, session.refresh_token)
    clock.forward(10_000)
    assert.equal((await refresh(client, session.refresh_token)).status, 200)
    clock.forward(1)
    assertRefused(await refresh(client, session.refresh_token), 'refresh_token_reused')
    assert.equal(await isAccepted(client, next.access_token), false)
  })

  test('without a refresh grace an immediate repeat ends the session', async () => {
    const { url } = await startServer(engine, { SIGIL_REFRESH_GRACE: '0s' })
    const client = clientAt(url)
    const { session } = await arrived(client)
    assert.equal((await refresh(client, session.refresh_token)).status, 200)
    assertRefused(await refresh(client, session.refresh_token), 'refresh_token_reused')
  })

  test('each refresh extends the session by 14 days, up to 90 days in total', async () => {
    const clock = testClock()
    const { url } = await serveTestWorld(engine, { clock })
    const client = clientAt(url)
    const { person, session } = await arrived(client)
    let newest = session
    for (let day = 13; day < 90; day += 13) {
      clock.forward(13 * dayMs)
      newest = await refreshed(client, newest.refresh_token)
      const left = Math.min(14, 90 - day)
      assert.equal(newest.refresh_expires_in, left * 24 * 60 * 60, `on day ${day}`)
    }
    const unused = await signedIn(client, person)
    clock.forward(14 * dayMs)
    for (const { refresh_token } of [newest, unused]) {
      assertRefused(await refresh(client, refresh_token), 'refresh_token_expired')
    }
  })
})
