import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { logPort } from '#src/revocations/lease/log-port.ts'
import { RevocationNode } from '#src/revocations/lease/node.ts'
import { revocationNode } from '#src/revocations/lease/this-node.ts'
import { DatabaseAway } from '#src/store/db.ts'
import { clientAt } from '#test/support/client.ts'
import { freshDatabaseUrl, onBothEngines } from '#test/support/engines.ts'
import { arrived } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'
import { tcpProxyTo } from '#test/support/tcp-proxy.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld } from '#test/support/test-world.ts'

const leaseMs = 1000
const env = {
  SIGIL_PUBLIC_URL: 'http://localhost:8000',
  SIGIL_MASTER_KEY: randomBytes(32).toString('base64url'),
  SIGIL_REVOCATION_LEASE: `${leaseMs}ms`,
  SIGIL_LOG_LEVEL: 'fatal',
}
const skip = process.env.SIGIL_TEST_POSTGRES_URL
  ? false
  : 'SIGIL_TEST_POSTGRES_URL is not set: run through npm test'

test(
  'a node recovers from silent connections and rejects tokens revoked in the meantime',
  { skip },
  async (t) => {
    const place = await freshDatabaseUrl('postgres')
    const proxy = await tcpProxyTo(place.databaseUrl ?? '')
    t.after(() => proxy.close())
    const node = await startServer({ ...place, databaseUrl: proxy.through(place.databaseUrl ?? '') }, env)
    const other = await startServer(place, env)
    const [here, there] = [clientAt(node.url), clientAt(other.url)]
    const [{ session: ended }, { session: live }] = [await arrived(here), await arrived(here)]
    const verify = async ({ access_token: bearer }: { access_token: string }) =>
      (await here.get('/api/v1/auth/verify', { bearer })).status
    const me = () => here.get('/api/v1/me', { bearer: live.access_token })
    // Opens more than one connection for calls to hang on.
    for (const { status } of await Promise.all(Array.from({ length: 10 }, me))) assert.equal(status, 200)
    proxy.silence()
    const began = performance.now()
    const hung = Array.from({ length: 10 }, me)
    const reply = await there.post('/api/v1/auth/logout_all', {}, { bearer: ended.access_token })
    assert.equal(reply.body.everywhere, true, reply.text)
    for (;;) {
      const [ofEnded, ofLive, ready] = [await verify(ended), await verify(live), await here.get('/readyz')]
      assert.notEqual(ofEnded, 204)
      if (ofLive === 204 && ready.status === 200) break
      assert.ok(performance.now() - began < 5 * leaseMs, `${ofLive} ${ready.text}`)
    }
    assert.equal((await me()).status, 200)
    assert.equal(await verify(ended), 401)
    // From now on it receives and acknowledges revocations again.
    const again = await there.post('/api/v1/auth/logout_all', {}, { bearer: live.access_token })
    assert.equal(again.body.everywhere, true, again.text)
    assert.equal(await verify(live), 401)
    // Hanging calls end with an error; calls without a free connection have opened a new one.
    proxy.cut()
    for (const { status } of await Promise.all(hung)) assert.ok([200, 503].includes(status))
    proxy.mend()
  },
)

onBothEngines('a lapsed lease', (engine) => {
  test('a call that needs the lease survives one failed renewal, but not two', async () => {
    const world = await openTestWorld(engine, { clock: testClock() })
    const port = logPort(world)
    const away = new DatabaseAway('It does not answer.')
    let failing = 0
    const beat: typeof port.beat = async (id, now) => {
      if (failing-- > 0) throw away
      return port.beat(id, now)
    }
    const outside = { ...revocationNode(world).outside, isAlone: false, port: { ...port, beat } }
    const node = new RevocationNode(outside)
    await node.renew()
    node.doubt()
    failing = 1
    await node.ensureLease()
    assert.ok(node.mayJudge())
    node.doubt()
    failing = 2
    await assert.rejects(node.ensureLease(), away)
    assert.ok(!node.mayJudge())
  })
})
