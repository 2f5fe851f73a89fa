import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { byCli } from '#src/audit/by.ts'
import { revocationNode } from '#src/revocations/lease/this-node.ts'
import { addVerifier } from '#src/revocations/verifier-keys.ts'
import { clientAt } from '#test/support/client.ts'
import { freshDatabaseUrl, onBothEngines, type Place } from '#test/support/engines.ts'
import { arrived, logOutEverywhere } from '#test/support/people.ts'
import { type Numbers, numbersAt } from '#test/support/prometheus.ts'
import { startServer, type TestServer } from '#test/support/server.ts'
import { tcpProxyTo } from '#test/support/tcp-proxy.ts'
import { type TestClock, testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'

const env = {
  SIGIL_PUBLIC_URL: 'http://localhost:8000',
  SIGIL_MASTER_KEY: randomBytes(32).toString('base64url'),
  SIGIL_REVOCATION_LEASE: '500ms',
}
const node = { kind: 'node' }
const verifier = { kind: 'verifier' }
const skip = process.env.SIGIL_TEST_POSTGRES_URL
  ? false
  : 'SIGIL_TEST_POSTGRES_URL is not set: run through npm test'

/** Polls until the condition holds: renewals and collections happen several times a second. */
async function numbersOnce(url: string, isSo: (numbers: Numbers) => boolean): Promise<Numbers> {
  for (;;) {
    const numbers = await numbersAt(url)
    if (isSo(numbers)) return numbers
  }
}

/** The same with a clock that moves only between two looks, so that nothing is missed on a busy machine. */
async function numbersWithTime(
  { url }: TestServer,
  clock: TestClock,
  isSo: (numbers: Numbers) => boolean,
): Promise<Numbers> {
  for (;;) {
    const numbers = await numbersAt(url)
    if (isSo(numbers)) return numbers
    clock.forward(25)
  }
}

/** Moves the clock until the call has been answered. */
async function answeredWithTime<T>({ url }: TestServer, clock: TestClock, call: Promise<T>): Promise<T> {
  let isAnswered = false
  const settle = () => {
    isAnswered = true
  }
  call.then(settle, settle)
  while (!isAnswered) {
    clock.forward(25)
    await numbersAt(url)
  }
  return call
}

/** Moves slowly by itself, so that every wait takes some time and no lease ends by it. */
function slowClock(): TestClock {
  const clock = testClock()
  return { ...clock, monotonic: () => clock.monotonic() + performance.now() / 1e6 }
}

async function arriveAndLeave({ url }: TestServer): Promise<void> {
  const client = clientAt(url)
  const { session } = await arrived(client)
  const reply = await logOutEverywhere(client, session.access_token)
  assert.equal(reply.body.everywhere, true, reply.text)
}

/** Registers a node that never renews its lease. */
function addSilentNode({ world }: TestServer): Promise<void> {
  const holder = {
    id: 'silent',
    name: 'silent:1',
    acked: 0,
    beat: 0,
    leaseMs: 500,
    registeredAt: 0,
    beatenAt: 0,
  }
  return revocationNode(world).outside.port.register(holder)
}

async function twoNodes(place: Place, clock: TestClock): Promise<[TestServer, TestServer]> {
  return [await serveTestWorld(place, { clock, env }), await serveTestWorld(place, { clock, env })]
}

test('two nodes report how soon the other one has applied a revocation', { skip }, async () => {
  const clock = slowClock()
  const [one, other] = await twoNodes(await freshDatabaseUrl('postgres'), clock)
  await numbersWithTime(one, clock, ({ of }) => of('sigil_revocation_holders', node) === 2)
  for (const { world } of [one, other]) await revocationNode(world).renew()
  for (const _ of [1, 2, 3]) await arriveAndLeave(one)
  const [here, there] = [await numbersAt(one.url), await numbersAt(other.url)]
  assert.equal(here.of('sigil_revocation_ack_seconds_count'), 3)
  const [sum, slowest] = [
    here.of('sigil_revocation_ack_seconds_sum'),
    here.of('sigil_revocation_ack_slowest_seconds'),
  ]
  assert.ok(slowest > 0 && slowest <= sum && sum <= here.of('sigil_revocation_wait_seconds_sum'))
  assert.equal(here.of('sigil_revocation_outwaited_total'), 0)
  // The other node revoked nothing and has applied everything.
  assert.equal(there.of('sigil_revocation_ack_seconds_count'), 0)
  assert.match(there.text, /^sigil_revocation_ack_slowest_seconds 0$/m)
  assert.equal(there.of('sigil_revocations_total', { kind: 'signature' }), 0)
  for (const { of } of [here, there]) {
    assert.deepEqual([of('sigil_revocation_log_head'), of('sigil_revocation_dead_keys')], [3, 3])
    assert.equal(of('sigil_revocation_lease_held'), 1)
    assert.ok(of('sigil_revocation_lease_age_seconds') < 0.5)
  }
  const quiet = ({ of }: Numbers) => of('sigil_revocation_acks_outstanding', node) === 0
  await numbersWithTime(one, clock, quiet)
  await Promise.all([one.stop(), other.stop()])
})

test('a silent node is counted, waited for and then dropped', { skip }, async () => {
  const clock = testClock()
  const server = await serveTestWorld(await freshDatabaseUrl('postgres'), { clock, env })
  await addSilentNode(server)
  const client = clientAt(server.url)
  const { session } = await arrived(client)
  const loggedOut = logOutEverywhere(client, session.access_token)
  const verify = () => client.get('/api/v1/auth/verify', { bearer: session.access_token })
  while ((await verify()).status !== 401);
  const behind = await numbersWithTime(
    server,
    clock,
    (numbers) => numbers.of('sigil_revocation_acks_outstanding', node) === 1,
  )
  assert.equal(behind.of('sigil_revocation_holders', node), 2)
  assert.equal((await answeredWithTime(server, clock, loggedOut)).body.everywhere, true)
  const { of } = await numbersAt(server.url)
  assert.equal(of('sigil_revocation_outwaited_total'), 1)
  assert.equal(of('sigil_revocation_ack_seconds_count'), 0)
  assert.ok(of('sigil_revocation_wait_seconds_sum') > 0.5)
  const gone = await numbersWithTime(
    server,
    clock,
    (numbers) => numbers.of('sigil_revocation_holders', node) === 1,
  )
  assert.equal(gone.of('sigil_revocation_acks_outstanding', node), 0)
  await server.stop()
})

test('without PostgreSQL the metrics still work and report the lost lease', { skip }, async (t) => {
  const place = await freshDatabaseUrl('postgres')
  const proxy = await tcpProxyTo(place.databaseUrl ?? '')
  t.after(() => proxy.close())
  const databaseUrl = proxy.through(place.databaseUrl ?? '')
  const server = await startServer({ ...place, databaseUrl }, { ...env, SIGIL_LOG_LEVEL: 'fatal' })
  proxy.cut()
  const { of } = await numbersOnce(
    server.url,
    (numbers) =>
      numbers.of('sigil_revocation_lease_held') === 0 &&
      numbers.of('sigil_database_errors_total', { error: 'away' }) > 0,
  )
  assert.ok(of('sigil_revocation_lease_age_seconds') > 0.5)
  proxy.mend()
  await numbersOnce(server.url, (numbers) => numbers.of('sigil_revocation_lease_held') === 1)
  await server.stop()
})

onBothEngines('metrics of a node with a verifier', (engine) => {
  test('metrics count a verifier while its lease holds, and whether it lags behind', async () => {
    // The lease ends when the test decides, no matter how long a busy machine takes for the earlier steps.
    const clock = testClock()
    const server = await serveTestWorld(engine, { clock, env })
    const added = await addVerifier(server.world, { name: 'api', by: byCli })
    const poll = async (more: object) => {
      const question = { after: 0, ack: 0, wait_ms: 0, ...more }
      const { body } = await clientAt(server.url).post('/api/v1/revocations/poll', question, {
        bearer: added?.key ?? '',
      })
      return body as unknown as { holder: string; head: number }
    }
    const { holder } = await poll({})
    const attached = await numbersAt(server.url)
    assert.equal(attached.of('sigil_revocation_holders', verifier), 1)
    assert.equal(attached.of('sigil_revocation_acks_outstanding', verifier), 0)
    const loggedOut = arriveAndLeave(server)
    await numbersOnce(server.url, ({ of }) => of('sigil_revocation_acks_outstanding', verifier) === 1)
    const { head } = await poll({ holder })
    await poll({ holder, after: head, ack: head })
    await loggedOut
    const { of } = await numbersAt(server.url)
    assert.equal(of('sigil_revocation_acks_outstanding', verifier), 0)
    assert.equal(of('sigil_revocation_holders', verifier), 1)
    await numbersWithTime(server, clock, (numbers) => numbers.of('sigil_revocation_holders', verifier) === 0)
  })
})
