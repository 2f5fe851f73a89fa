import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Call } from '#src/http/call.ts'
import { byAddress } from '#src/limits/by-address.ts'
import { count } from '#src/limits/count.ts'
import { policies } from '#src/limits/policies.ts'
import { bucketOf } from '#src/platform/addresses.ts'
import { atOnce } from '#test/support/at-once.ts'
import { browserAt, clientAt, type Reply } from '#test/support/client.ts'
import { type Engine, onBothEngines } from '#test/support/engines.ts'
import { arrived, logOutEverywhere, refresh, signedIn, signedUp, signIn } from '#test/support/people.ts'
import { assertRefused } from '#test/support/rejected.ts'
import type { TestServer } from '#test/support/server.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'

const unknown = { login: 'nobody', password: 'does not matter' }

/** Limits are on, and this machine is a trusted proxy, so that a test can call from any IP address. */
function startBehindProxy(engine: Engine): Promise<TestServer> {
  return start(engine, { SIGIL_RATE_LIMITS: 'on', SIGIL_TRUSTED_PROXIES: '127.0.0.0/8,::1' })
}

/** Time stands still: on a slow machine the limits would refill. */
function start(engine: Engine, env: Record<string, string>): Promise<TestServer> {
  return serveTestWorld(engine, { clock: testClock(), env })
}

/** Uses this many attempts of an IP address. */
async function useUp({ world }: TestServer, name: keyof typeof policies, of: string): Promise<void> {
  const policy = policies[name]
  await atOnce(policy.quota, () => count(world, { policy, of }))
}

function assertLimited(reply: Reply, policy: { name: string; quota: number; windowMs: number }): void {
  assertRefused(reply, 'too_many_requests')
  assert.match(String(reply.headers['retry-after']), /^[1-9][0-9]*$/)
  const { name, quota, windowMs } = policy
  assert.equal(reply.headers['ratelimit-policy'], `"${name}";q=${quota};w=${windowMs / 1000}`)
  assert.match(String(reply.headers.ratelimit), new RegExp(`^"${name}";r=0;t=[1-9][0-9]*$`))
}

onBothEngines('limits by address', (engine) => {
  test('every response of a limited endpoint has the headers of its limit', async () => {
    const server = await startBehindProxy(engine)
    const client = clientAt(server.url, { address: '192.0.2.1' })
    const person = await signedUp(client)
    const good = await signIn(client, person)
    const wrong = await signIn(client, unknown)
    const malformed = await client.post('/api/v1/auth/signin', { login: 5 })
    const { quota, windowMs } = policies.signin
    for (const [reply, status, used] of [
      [good, 200, 1],
      [wrong, 401, 2],
      [malformed, 400, 3],
    ] as const) {
      assert.equal(reply.status, status)
      assert.equal(reply.headers['ratelimit-policy'], `"signin";q=${quota};w=${windowMs / 1000}`)
      assert.match(String(reply.headers.ratelimit), new RegExp(`^"signin";r=${quota - used};t=[0-9]+$`))
    }
    const read = await client.get('/api/v1/me')
    assert.equal(read.headers.ratelimit, undefined)
  })

  test('calls beyond the limit get 429, from that IP address only', async () => {
    const server = await startBehindProxy(engine)
    for (const name of ['signin', 'signup', 'refresh'] as const) {
      await useUp(server, name, '192.0.2.1')
      const here = clientAt(server.url, { address: '192.0.2.1' })
      const there = clientAt(server.url, { address: '192.0.2.2' })
      assertLimited(await here.post(`/api/v1/auth/${name}`, {}), policies[name])
      assert.equal((await there.post(`/api/v1/auth/${name}`, {})).status, name === 'refresh' ? 401 : 400)
    }
  })
})

onBothEngines('limits by address: the address of the caller', (engine) => {
  test('addresses in one IPv6 network share a limit, and another network has its own', async () => {
    const server = await startBehindProxy(engine)
    await useUp(server, 'signin', bucketOf('2001:db8:1:2::5'))
    const neighbour = clientAt(server.url, { address: '2001:db8:1:2:ffff:ffff:ffff:ffff' })
    const stranger = clientAt(server.url, { address: '2001:db8:1:3::5' })
    assertLimited(await signIn(neighbour, unknown), policies.signin)
    assertRefused(await signIn(stranger, unknown), 'wrong_credentials')
  })

  test('an IPv6 /56 has four times the limit of a /64, however many addresses it uses', async () => {
    const server = await startBehindProxy(engine)
    const { world } = server
    const call = (address: string) => byAddress('signin').count(world, { address } as Call)
    const allowed = 4 * policies.signin.quota
    let counted = 0
    for (let at = 0; at < allowed + 10; at++) {
      const { error } = await call(`2001:db8:1:23${(at % 256).toString(16).padStart(2, '0')}::1`)
      if (!error) counted++
    }
    assert.equal(counted, allowed)
    assert.equal((await call('2001:db8:1:2400::1')).error, undefined)
  })

  test('a forwarded address from an untrusted caller is ignored', async () => {
    const server = await start(engine, { SIGIL_RATE_LIMITS: 'on' })
    const peer = (await peerOf(server)) ?? ''
    await useUp(server, 'signin', bucketOf(peer))
    for (const address of ['192.0.2.99', '10.0.0.1', '2001:db8::1', '192.0.2.1, 192.0.2.2']) {
      const liar = clientAt(server.url, { address })
      assertLimited(await signIn(liar, unknown), policies.signin)
    }
  })

  test('behind a trusted proxy the address that the proxy saw is counted', async () => {
    const server = await startBehindProxy(engine)
    await useUp(server, 'signin', '192.0.2.1')
    const liar = clientAt(server.url, { address: '203.0.113.5, 10.1.1.1, 192.0.2.1' })
    assertLimited(await signIn(liar, unknown), policies.signin)
  })
})

onBothEngines('limits by address: scope', (engine) => {
  test('limits by address survive a restart', async () => {
    const place = await engine.freshPlace()
    const here = { ...engine, freshPlace: async () => place }
    const before = await startBehindProxy(here)
    await useUp(before, 'signin', '192.0.2.1')
    await before.stop()
    const restarted = await startBehindProxy(here)
    const client = clientAt(restarted.url, { address: '192.0.2.1' })
    assertLimited(await signIn(client, unknown), policies.signin)
    await restarted.stop()
  })

  test('logging out and verifying tokens are not limited', async () => {
    const server = await startBehindProxy(engine)
    const client = clientAt(server.url, { address: '192.0.2.1' })
    const { session } = await arrived(client)
    for (const name of ['signin', 'signup', 'refresh'] as const) await useUp(server, name, '192.0.2.1')
    assertLimited(await refresh(client, session.refresh_token), policies.refresh)
    const asked = await client.post('/api/v1/auth/verify', { token: session.access_token })
    assert.equal(asked.body.access, true)
    assert.equal(asked.headers.ratelimit, undefined)
    assert.equal((await logOutEverywhere(client, session.access_token)).status, 200)
  })

  test('no call is limited when limits are off', async () => {
    const server = await start(engine, { SIGIL_RATE_LIMITS: 'off' })
    const peer = (await peerOf(server)) ?? ''
    await useUp(server, 'signin', bucketOf(peer))
    const reply = await signIn(clientAt(server.url), unknown)
    assertRefused(reply, 'wrong_credentials')
    assert.equal(reply.headers.ratelimit, undefined)
    assert.equal(reply.headers['ratelimit-policy'], undefined)
  })
})

onBothEngines('limits by user and browser', (engine) => {
  test('checks of the current password are limited, for that user only', async () => {
    const server = await startBehindProxy(engine)
    const client = clientAt(server.url, { address: '192.0.2.1' })
    const { person, session } = await arrived(client)
    await useUp(server, 'password', person.id)
    const bearer = session.access_token
    const change = { current: person.password, new: 'a wholly different one 7' }
    const refused = await client.put('/api/v1/me/password', change, { bearer })
    assertRefused(refused, 'too_many_requests')
    assert.match(String(refused.headers['retry-after']), /^[1-9][0-9]*$/)
    const gone = await client.delete('/api/v1/me', { json: { password: person.password }, bearer })
    assertRefused(gone, 'too_many_requests')
    const { person: another, session: theirs } = await arrived(client)
    const changed = { current: another.password, new: change.new }
    const allowed = await client.put('/api/v1/me/password', changed, { bearer: theirs.access_token })
    assert.equal(allowed.status, 200)
  })

  test('changes of names are limited, for that user only', async () => {
    const server = await startBehindProxy(engine)
    const client = clientAt(server.url, { address: '192.0.2.1' })
    const { person, session } = await arrived(client)
    await useUp(server, 'profile', person.id)
    const change = { full_name: 'Once too often' }
    assertRefused(
      await client.patch('/api/v1/me', change, { bearer: session.access_token }),
      'too_many_requests',
    )
    const { session: theirs } = await arrived(client)
    assert.equal((await client.patch('/api/v1/me', change, { bearer: theirs.access_token })).status, 200)
  })

  test('exports are limited, for that user only', async () => {
    const server = await startBehindProxy(engine)
    const client = clientAt(server.url, { address: '192.0.2.1' })
    const [{ session }, { session: theirs }] = [await arrived(client), await arrived(client)]
    const exported = (bearer: string) => client.get('/api/v1/me/export', { bearer })
    for (let round = 0; round < policies.export.quota; round++)
      assert.equal((await exported(session.access_token)).status, 200)
    assertRefused(await exported(session.access_token), 'too_many_requests')
    assert.equal((await exported(theirs.access_token)).status, 200)
  })
})

onBothEngines('limits of users who sign in', (engine) => {
  test('sign-ins that succeed are limited, for that user only', async () => {
    const server = await startBehindProxy(engine)
    const client = clientAt(server.url, { address: '192.0.2.1' })
    const [person, other] = [await signedUp(client), await signedUp(client)]
    await useUp(server, 'session', person.id)
    assertRefused(await signIn(client, person), 'too_many_requests')
    await signedIn(client, other)
  })

  test('a known browser can sign in while guesses from elsewhere are locked out', async () => {
    const server = await startBehindProxy(engine)
    const known = browserAt(server.url, { address: '192.0.2.1' })
    const person = await signedUp(known)
    await signedIn(known, person)
    const attributes = known.jar.attributesOf('known_browser')
    for (const one of ['HttpOnly', 'Path=/', 'Max-Age=31536000', 'SameSite=Lax'])
      assert.ok(attributes.includes(one), one)

    await useUp(server, 'login', person.email)
    const right = { login: person.email, password: person.password }
    const letIn = await signIn(known, right)
    assert.equal(letIn.status, 200)
  })
})

/** The address of this machine that the server sees. */
async function peerOf(server: TestServer): Promise<string | undefined> {
  const client = clientAt(server.url)
  const { session } = await arrived(client)
  const { body } = await client.get('/api/v1/me/sessions', { bearer: session.access_token })
  return body.data[0]?.ip
}
