import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sealEvents } from '#src/audit/seal-events.ts'
import { deliver } from '#src/outbox/deliver.ts'
import { type Attempt, attemptMs, CannotDeliver } from '#src/outbox/delivery.ts'
import { enqueue } from '#src/outbox/enqueue.ts'
import { addReader, claimDeliveries } from '#src/outbox/outbox.sql.ts'
import { readEvents } from '#src/outbox/read-events.ts'
import type { Reader, Sender } from '#src/outbox/readers.ts'
import { sql } from '#src/store/sql.ts'
import type { World } from '#src/world/world.ts'
import { interleaved } from '#test/audit/interleaved.ts'
import { record, sealAll } from '#test/audit/recorded.ts'
import { atOnce } from '#test/support/at-once.ts'
import { type Engine, onBothEngines } from '#test/support/engines.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld } from '#test/support/test-world.ts'

const hourMs = 60 * 60_000

/** Two messages for each event. */
const messages: Reader = {
  name: 'messages',
  handle: async (_query, { target }, now) => {
    const recipient = target.kind === 'none' ? '' : target.id
    const delivery = { kind: 'message', recipient, expiresAt: now + hourMs }
    return [
      { ...delivery, payload: 'first' },
      { ...delivery, payload: 'second' },
    ]
  },
}

async function outboxIn(engine: Engine) {
  const clock = testClock()
  const world = await openTestWorld(engine, { clock })
  await addReader(world.db.query, messages.name)
  const sent: Attempt[] = []
  const send: Sender = async (_world, attempt) => {
    sent.push(attempt)
  }
  const senders = { message: send }
  return { world, clock, sent, senders }
}

async function enqueueMessage(world: World, key: string, payload = 'code 123456'): Promise<void> {
  const expiresAt = world.clock.now() + hourMs
  await world.db.transaction((query) =>
    enqueue(query, world, { kind: 'message', recipient: 'ann', payload, expiresAt, key }),
  )
}

async function statesOf({ db }: World): Promise<unknown[]> {
  const rows = await db.query(sql`select state, attempts, payload from outbox_deliveries order by key`)
  return rows.map(({ state, attempts, payload }) => ({ state, attempts, isEmpty: payload === '' }))
}

onBothEngines('readers of the outbox', (engine) => {
  test('a reader gets every event once while several workers read and events are recorded', async () => {
    const { world } = await outboxIn(engine)
    const seen: number[] = []
    const reader: Reader = {
      ...messages,
      committed: (_world, events) => {
        seen.push(...events.map(({ seq }) => seq))
      },
    }
    await atOnce(30, async (index) => {
      await record(world, `user ${index}`)
      if (index % 3 === 0) await sealEvents(world, 'one')
      await readEvents(world, reader)
    })
    await sealAll(world)
    await readEvents(world, reader)
    assert.deepEqual(
      seen.toSorted((one, other) => one - other),
      Array.from({ length: 30 }, (_, index) => index + 1),
    )
    const [row] = await world.db.query(sql`select count(*) as count from outbox_deliveries`)
    assert.equal(Number(row?.count), 60)
  })

  test('a reader whose transaction fails gets the same events again, once', async () => {
    const { world } = await outboxIn(engine)
    await record(world, 'ann')
    await sealAll(world)
    let attempts = 0
    const failing: Reader = {
      ...messages,
      handle: async (...handled) => {
        attempts += 1
        const deliveries = await messages.handle(...handled)
        if (attempts === 1) throw new Error('killed')
        return deliveries
      },
    }
    await assert.rejects(readEvents(world, failing), /killed/)
    assert.deepEqual(await statesOf(world), [])
    assert.equal(await readEvents(world, failing), 1)
    assert.equal(await readEvents(world, failing), 0)
    assert.equal((await statesOf(world)).length, 2)
  })

  test('a new reader begins with the next event', async () => {
    const { world } = await outboxIn(engine)
    await record(world, 'before')
    await sealAll(world)
    const fresh: Reader = { ...messages, name: 'fresh' }
    await addReader(world.db.query, fresh.name)
    await addReader(world.db.query, fresh.name)
    assert.equal(await readEvents(world, fresh), 0)
    await record(world, 'after')
    await sealAll(world)
    assert.equal(await readEvents(world, fresh), 1)
  })
})

onBothEngines('deliveries of the outbox', (engine) => {
  test('twenty workers at once send every delivery exactly once', async () => {
    const { world, sent, senders } = await outboxIn(engine)
    await atOnce(30, (index) => enqueueMessage(world, `key ${index}`))
    await atOnce(20, async () => {
      while ((await deliver(world, senders)) > 0);
    })
    assert.equal(sent.length, 30)
    assert.equal(new Set(sent.map(({ key }) => key)).size, 30)
    assert.equal(await deliver(world, senders), 0)
  })

  test('a delivery claimed by a process that died is sent again with the same key', async () => {
    const { world, clock, sent, senders } = await outboxIn(engine)
    await enqueueMessage(world, 'the key')
    const now = clock.now()
    const claimed = await claimDeliveries(world.db.query, {
      kind: 'message',
      now,
      until: now + attemptMs,
      max: 10,
    })
    assert.equal(claimed.length, 1)
    clock.forward(attemptMs - 1)
    assert.equal(await deliver(world, senders), 0)
    clock.forward(1)
    assert.equal(await deliver(world, senders), 1)
    assert.deepEqual(
      sent.map(({ key, attempt, payload }) => ({ key, attempt, payload })),
      [{ key: 'the key', attempt: 2, payload: 'code 123456' }],
    )
  })

  test('a failed delivery is attempted after pauses that double, until it succeeds', async () => {
    const { world, clock, sent, senders } = await outboxIn(engine)
    await enqueueMessage(world, 'the key')
    const failing: Sender = async () => {
      throw new Error('no connection')
    }
    for (const pauseMs of [15_000, 30_000, 60_000]) {
      assert.equal(await deliver(world, { message: failing }), 1)
      clock.forward(pauseMs - 1)
      assert.equal(await deliver(world, { message: failing }), 0)
      clock.forward(1)
    }
    assert.equal(await deliver(world, senders), 1)
    assert.equal(sent[0]?.attempt, 4)
    assert.deepEqual(await statesOf(world), [{ state: 'sent', attempts: 4, isEmpty: true }])
  })
})

onBothEngines('deliveries that expire or are rejected', (engine) => {
  test('an undeliverable delivery is given up, and kept as a dead letter', async () => {
    const { world, senders } = await outboxIn(engine)
    await enqueueMessage(world, 'the key')
    const refusing: Sender = async () => {
      throw new CannotDeliver('no such mailbox')
    }
    await deliver(world, { message: refusing })
    assert.deepEqual(await statesOf(world), [{ state: 'dead', attempts: 1, isEmpty: false }])
    assert.equal(await deliver(world, senders), 0)
  })

  test('a delivery is not sent once it has expired, and its payload is deleted', async () => {
    const { world, clock, sent, senders } = await outboxIn(engine)
    await enqueueMessage(world, 'the key')
    clock.forward(hourMs)
    assert.equal(await deliver(world, senders), 0)
    assert.deepEqual(sent, [])
    assert.deepEqual(await statesOf(world), [{ state: 'dead', attempts: 0, isEmpty: true }])
  })

  test('a payload is stored sealed, and a second delivery with the same key is dropped', async () => {
    const { world, sent, senders } = await outboxIn(engine)
    await enqueueMessage(world, 'the key')
    await enqueueMessage(world, 'the key', 'code 654321')
    const rows = JSON.stringify(await world.db.query(sql`select * from outbox_deliveries`))
    assert.ok(!rows.includes('123456') && !rows.includes('654321'))
    await deliver(world, senders)
    assert.deepEqual(
      sent.map(({ payload }) => payload),
      ['code 123456'],
    )
  })
})

onBothEngines('claims of deliveries', (engine) => {
  test('a worker that waited for the claim of another gets no delivery', async () => {
    const { world } = await outboxIn(engine)
    await enqueueMessage(world, 'the key')
    const now = world.clock.now()
    const claim = ({ db }: World) =>
      db.transaction((query) =>
        claimDeliveries(query, { kind: 'message', now, until: now + attemptMs, max: 10 }),
      )
    const [one, other] = await interleaved(world, claim, claim)
    assert.ok(one.status === 'fulfilled' && other.status === 'fulfilled')
    assert.deepEqual([one.value.length, other.value.length], [1, 0])
  })
})
