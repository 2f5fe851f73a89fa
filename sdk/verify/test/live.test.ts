import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { revokeKey } from '../../../src/administration/revoke-key.ts'
import { byCli } from '../../../src/audit/by.ts'
import { addVerifier, removeVerifier } from '../../../src/revocations/verifier-keys.ts'
import { clientAt } from '../../../test/support/client.ts'
import { onBothEngines } from '../../../test/support/engines.ts'
import {
  arrived,
  logOut,
  logOutEverywhere,
  refresh,
  refreshed,
  signedIn,
  signedUp,
} from '../../../test/support/people.ts'
import { startServer } from '../../../test/support/server.ts'
import { serverForSuite } from '../../../test/support/suite-server.ts'
import { tcpProxyTo } from '../../../test/support/tcp-proxy.ts'
import type { Verifier } from '../src/verify.ts'
import { attached, verdictOf } from './support/attached.ts'
import { leaseSignal } from './support/lease-signal.ts'

onBothEngines('verifiers of a real server', (engine) => {
  const server = serverForSuite(engine)

  test('a verifier rejects a token the moment logout_all returns, a hundred times', async () => {
    const client = clientAt(server().url)
    const verifiers = [await attached(server()), await attached(server(), { stale: 'deny' })]
    const person = await signedUp(client)
    for (let times = 0; times < 100; times++) {
      const { access_token: token } = await signedIn(client, person)
      for (const verifier of verifiers) assert.equal((await verifier.verify(token)).userId, person.id)
      const { body } = await logOutEverywhere(client, token)
      // Checked immediately, before anything else can happen in this process.
      for (const verifier of verifiers) assert.throws(() => verifier.verifySync(token), { code: 'revoked' })
      assert.equal(body.everywhere, true)
    }
    for (const verifier of verifiers) assert.equal(verifier.state().lease, 'held')
  })

  test('a verifier agrees with the server after a logout and an account deletion', async () => {
    const client = clientAt(server().url)
    const verifier = await attached(server())
    const { person, session } = await arrived(client, { username: 'ann.k' })
    const other = await signedIn(client, person)
    const token = await verifier.verify(session.access_token)
    assert.deepEqual(
      [token.username, token.email, token.sessionId],
      ['ann.k', person.email, session.session_id],
    )
    await logOut(client, session.access_token)
    assert.equal(await verdictOf(verifier, session.access_token), 'revoked')
    assert.equal(await verdictOf(verifier, other.access_token), 'good')
    const deletion = { json: { password: person.password }, bearer: other.access_token }
    assert.equal((await client.send('DELETE', '/api/v1/me', deletion)).status, 204)
    assert.equal(await verdictOf(verifier, other.access_token), 'revoked')
  })

  test('a verifier rejects tokens of a revoked key, and accepts those of its successor', async () => {
    const client = clientAt(server().url)
    const verifier = await attached(server(), { stale: 'deny' })
    const { person, session } = await arrived(client)
    assert.equal(await verdictOf(verifier, session.access_token), 'good')
    const { world } = server()
    const { propagated } = await revokeKey(world, { id: world.keys.signingKey().id, by: byCli })
    assert.equal((await propagated).everywhere, true)
    assert.throws(() => verifier.verifySync(session.access_token))
    const next = await signedIn(client, person)
    assert.equal(await verdictOf(verifier, next.access_token), 'good')
  })

  test('a disconnected verifier delays a logout until its lease has ended', async () => {
    const proxy = await tcpProxyTo(server().url)
    after(() => proxy.close())
    const client = clientAt(server().url)
    const serverUrl = `http://127.0.0.1:${proxy.port}`
    const lease = leaseSignal()
    const denying = await attached(server(), { serverUrl, stale: 'deny', onState: lease.onState })
    const asking = await attached(server(), { serverUrl, stale: 'ask' })
    const { session } = await arrived(client)
    for (const one of [denying, asking]) assert.equal(await verdictOf(one, session.access_token), 'good')
    proxy.pause()
    const { body } = await logOutEverywhere(client, session.access_token)
    assert.equal(body.everywhere, true)
    assert.equal(await verdictOf(denying, session.access_token), 'unavailable')
    assert.throws(() => asking.verifySync(session.access_token), { code: 'unavailable' })
    const held = lease.next('held')
    proxy.resume()
    assert.equal(await verdictOf(asking, session.access_token), 'revoked')
    await held
    assert.equal(await verdictOf(denying, session.access_token), 'revoked')
  })

  test('a disconnected verifier delays every response to a reused refresh token', async () => {
    const proxy = await tcpProxyTo(server().url)
    after(() => proxy.close())
    const client = clientAt(server().url)
    const cutOff = await attached(server(), { serverUrl: `http://127.0.0.1:${proxy.port}`, stale: 'deny' })
    const { session } = await arrived(client)
    const next = await refreshed(client, session.refresh_token)
    const last = await refreshed(client, next.refresh_token)
    const bearer = last.access_token
    assert.equal(await verdictOf(cutOff, bearer), 'good')
    proxy.pause()
    const first = refresh(client, session.refresh_token)
    while ((await client.get('/api/v1/auth/verify', { bearer })).status === 204) {}
    const { status, body } = await refresh(client, session.refresh_token)
    assert.deepEqual([status, body.code], [401, 'refresh_token_reused'])
    assert.equal(await verdictOf(cutOff, bearer), 'unavailable')
    assert.equal((await first).status, 401)
    proxy.resume()
  })

  test('a disconnected verifier delays a logout that repeats a logout_all in progress', async () => {
    const proxy = await tcpProxyTo(server().url)
    after(() => proxy.close())
    const client = clientAt(server().url)
    const cutOff = await attached(server(), { serverUrl: `http://127.0.0.1:${proxy.port}`, stale: 'deny' })
    const { session } = await arrived(client)
    const [bearer, refresh_token] = [session.access_token, session.refresh_token]
    assert.equal(await verdictOf(cutOff, bearer), 'good')
    proxy.pause()
    const first = logOutEverywhere(client, bearer)
    // Once the token is rejected here, the revocation is committed; the response still waits for the
    // disconnected verifier.
    while ((await client.get('/api/v1/auth/verify', { bearer })).status === 204) {}
    const repeats = [
      logOut(client, bearer),
      client.post('/api/v1/auth/logout', { refresh_token }),
      logOutEverywhere(client, bearer),
    ]
    const seen = repeats.map(async (repeat) => {
      const { status } = await repeat
      return [status, await verdictOf(cutOff, bearer)]
    })
    assert.deepEqual(await Promise.all(seen), [
      [204, 'unavailable'],
      [204, 'unavailable'],
      [401, 'unavailable'],
    ])
    assert.equal((await first).body.everywhere, true)
    proxy.resume()
  })

  test('a verifier whose key was removed sends each token to the server', async () => {
    const client = clientAt(server().url)
    const added = await addVerifier(server().world, { name: 'removed', by: byCli })
    const lease = leaseSignal()
    const verifier = await attached(server(), { key: added?.key ?? '', onState: lease.onState })
    const { session } = await arrived(client)
    const lapsed = lease.next('lapsed')
    assert.equal(await removeVerifier(server().world, { name: 'removed', by: byCli }), true)
    await lapsed
    assert.match(verifier.state().lastFailure ?? '', /rejected the verifier key/)
    assert.equal(await verdictOf(verifier, session.access_token), 'good')
    await logOut(client, session.access_token)
    assert.equal(await verdictOf(verifier, session.access_token), 'revoked')
  })
})

onBothEngines('verifiers of a server that restarts', (engine) => {
  test('a verifier continues when its server restarts', async () => {
    const place = await engine.freshPlace()
    const env = { SIGIL_PUBLIC_URL: 'https://auth.example.org' }
    const first = await startServer(place, env)
    let { url } = first
    const lease = leaseSignal()
    const verifier = await attached(first, {
      stale: 'deny',
      onState: lease.onState,
      fetch: (asked, init) => fetch(asked.replace(first.url, url), init),
    })
    const person = await signedUp(clientAt(url))
    const ended = await signedIn(clientAt(url), person)
    const { holder, timeline } = verifier.state()
    await logOutEverywhere(clientAt(url), ended.access_token)
    const kept = await signedIn(clientAt(url), person)
    const lapsed = lease.next('lapsed')
    await first.stop()
    await lapsed
    const held = lease.next('held')
    const second = await startServer(place, env)
    url = second.url
    await held
    assert.notEqual(verifier.state().holder, holder)
    assert.equal(verifier.state().timeline, timeline)
    assert.deepEqual(await both(verifier, ended.access_token, kept.access_token), ['revoked', 'good'])
    await logOutEverywhere(clientAt(url), kept.access_token)
    assert.throws(() => verifier.verifySync(kept.access_token), { code: 'revoked' })
    verifier.close()
    await second.stop()
  })
})

onBothEngines('verifiers of a cluster', (engine) => {
  const others = engine.dialect === 'sqlite' ? 0 : 1

  test('a verifier of one node has the revocation of another node when that call returns', async () => {
    const place = await engine.freshPlace()
    const env = {
      SIGIL_PUBLIC_URL: 'https://auth.example.org',
      SIGIL_MASTER_KEY: randomBytes(32).toString('base64url'),
    }
    const first = await startServer(place, env)
    const last = others > 0 ? await startServer(place, env) : first
    const verifier = await attached(first)
    const person = await signedUp(clientAt(last.url))
    for (let times = 0; times < 30; times++) {
      const { access_token: token } = await signedIn(clientAt(last.url), person)
      assert.equal(await verdictOf(verifier, token), 'good')
      const out = await logOutEverywhere(clientAt(last.url), token)
      assert.throws(() => verifier.verifySync(token), { code: 'revoked' })
      assert.equal(out.body.everywhere, true)
    }
    verifier.close()
    await Promise.all([first.stop(), last.stop()])
  })
})

async function both(verifier: Verifier, ...tokens: string[]): Promise<string[]> {
  return Promise.all(tokens.map((token) => verdictOf(verifier, token)))
}
