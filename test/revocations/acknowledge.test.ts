import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { systemClock } from '#src/platform/clock.ts'
import { Signal } from '#src/platform/signal.ts'
import { commitRevoking } from '#src/revocations/commit.ts'
import { receiveHint } from '#src/revocations/lease/keep-lease.ts'
import { revocationNode } from '#src/revocations/lease/this-node.ts'
import { revoke } from '#src/revocations/log/revoke.ts'
import { openHints } from '#src/store/hints.ts'
import { sql } from '#src/store/sql.ts'
import type { World } from '#src/world/world.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { openTestWorld } from '#test/support/test-world.ts'

const skip = process.env.SIGIL_TEST_POSTGRES_URL
  ? false
  : 'SIGIL_TEST_POSTGRES_URL is not set: run this through npm test'

/** A node without background work: it renews and acknowledges only on request of the test. */
async function loneNode(): Promise<World> {
  const env = {
    SIGIL_MASTER_KEY: randomBytes(32).toString('base64url'),
    SIGIL_PUBLIC_URL: 'http://localhost:8000',
  }
  const world = await openTestWorld(await freshDatabaseUrl('postgres'), { clock: systemClock, env })
  await revocationNode(world).ensureLease()
  return world
}

async function revokeOne(world: World): Promise<number> {
  const { propagated, outcome } = await commitRevoking(world, async (query) => {
    const revoked = await revoke(query, world, { kind: 'session', ids: ['a session'] })
    return { outcome: revoked[0]?.seq ?? 0, revoked }
  })
  await propagated
  return outcome
}

async function acknowledged({ db }: World): Promise<unknown> {
  const [row] = await db.query(sql`select acked from leaseholders`)
  return row?.acked
}

test('a node that receives a hint acknowledges what it has already applied', { skip }, async () => {
  const world = await loneNode()
  const node = revocationNode(world)
  const seq = await revokeOne(world)
  assert.deepEqual([node.log.applied, await acknowledged(world)], [seq, 0])
  await receiveHint(node, `head ${seq}`)
  assert.equal(await acknowledged(world), seq)
})

test('a node repeats an acknowledgement that the database lost with its next renewal', { skip }, async () => {
  const world = await loneNode()
  const node = revocationNode(world)
  const seq = await revokeOne(world)
  await node.renew()
  assert.equal(await acknowledged(world), seq)
  await world.db.query(sql`update leaseholders set acked = 0`)
  await node.renew()
  assert.equal(await acknowledged(world), seq)
})

test(
  'statements that PostgreSQL executes late do not undo an acknowledgement or extend a lease',
  { skip },
  async () => {
    const world = await loneNode()
    const node = revocationNode(world)
    const { port } = node.outside
    const [first, last] = [await revokeOne(world), await revokeOne(world)]
    await node.acknowledge()
    const leftMs = node.leaseLeftMs()
    await port.ack(node.id, first)
    await port.beat(node.id, world.clock.now())
    await port.timeline('a later name')
    assert.equal(await acknowledged(world), last)
    assert.ok(node.leaseLeftMs() <= leftMs)
    assert.notEqual((await port.timeline('')).timeline, 'a later name')
  },
)

test('a node reads the log if another node has revoked something in between', { skip }, async () => {
  const world = await loneNode()
  const node = revocationNode(world)
  const later = Date.now() + 60_000
  await world.db.transaction(async (query) => {
    await query(sql`update revocation_head set head = head + 1`)
    await query(sql`insert into revocations (seq, id, expires_at) values (1, 'of another node', ${later})`)
  })
  const seq = await revokeOne(world)
  assert.deepEqual([seq, node.log.applied], [2, 2])
  assert.equal(node.log.isRevoked(['of another node'], Date.now()), true)
})

test('only the last node to acknowledge an entry wakes the revokers', { skip }, async (t) => {
  const world = await loneNode()
  const { port } = revocationNode(world).outside
  const { hints, received, seen } = await listen(world)
  t.after(() => hints.close())
  await world.db.query(sql`insert into leaseholders (id, name, acked, beat, lease_ms, registered_at)
    values ('another', 'another', 100, 0, 0, 0)`)
  const seq = await revokeOne(world)
  await revocationNode(world).acknowledge()
  await world.db.query(sql`update leaseholders set acked = 0 where id = 'another'`)
  await revokeOne(world)
  await revocationNode(world).acknowledge()
  await port.hint('end')
  await seen('end')
  assert.deepEqual(
    received.filter((payload) => payload.startsWith('ack')),
    [`ack ${seq}`],
  )
})

async function listen({ settings, db }: World) {
  const received: string[] = []
  const arrival = new Signal(systemClock)
  const url = settings.databaseUrl ?? ''
  const hints = openHints({ url, clock: systemClock, lookEveryMs: 2000 }, (payload) => {
    received.push(payload)
    arrival.raise()
  })
  const seen = async (payload: string) => {
    while (!received.includes(payload)) await arrival.wait(1000)
  }
  while (received.length === 0) await db.query(sql`select pg_notify('sigil_hint', 'begin')`)
  return { hints, received, seen }
}
