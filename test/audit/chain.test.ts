import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bySystem } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { verifyAudit } from '#src/audit/verify-audit.ts'
import { type Sql, sql } from '#src/store/sql.ts'
import type { World } from '#src/world/world.ts'
import { atOnce } from '#test/support/at-once.ts'
import { type Engine, onBothEngines } from '#test/support/engines.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld } from '#test/support/test-world.ts'

async function record(world: World, id: string): Promise<void> {
  await world.db.transaction((query) =>
    recordEvent(query, world, {
      event: 'user.disabled',
      by: bySystem,
      target: { kind: 'user', id },
      details: { before: { state: 'active' }, after: { state: 'disabled' } },
    }),
  )
}

/** A log of six lines, and a way to tamper with it. */
async function sixLines(engine: Engine) {
  const world = await openTestWorld(engine, { clock: testClock() })
  for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) await record(world, id)
  return world
}

async function verdictAfter(world: World, ...tampering: Sql[]) {
  for (const statement of tampering) await world.db.query(statement)
  const verdict = await verifyAudit(world)
  return verdict.kind === 'broken' ? verdict.seq : verdict.kind
}

onBothEngines('the audit log', (engine) => {
  test('is whole from its first line to its last, and when it has none yet', async () => {
    const world = await openTestWorld(engine, { clock: testClock() })
    assert.deepEqual(await verifyAudit(world), { kind: 'whole', events: 0, head: '' })
    await record(world, 'a')
    await record(world, 'b')
    const verdict = await verifyAudit(world)
    assert.ok(verdict.kind === 'whole' && verdict.events === 2 && verdict.head !== '')
  })

  test('has no gap and no fork when twenty write at once', async () => {
    const world = await openTestWorld(engine, { clock: testClock() })
    await atOnce(20, (index) => record(world, `user ${index}`))
    const verdict = await verifyAudit(world)
    assert.ok(verdict.kind === 'whole' && verdict.events === 20)
  })

  test('goes back with the transaction that it tells of', async () => {
    const world = await openTestWorld(engine, { clock: testClock() })
    await record(world, 'a')
    const failing = world.db.transaction(async (query) => {
      await recordEvent(query, world, {
        event: 'user.deleted',
        by: bySystem,
        target: { kind: 'user', id: 'a' },
        details: {},
      })
      throw new Error('undone')
    })
    await assert.rejects(failing, /undone/)
    await record(world, 'b')
    const verdict = await verifyAudit(world)
    assert.ok(verdict.kind === 'whole' && verdict.events === 2)
  })

  test('is verified over more lines than are read at once', async () => {
    const world = await openTestWorld(engine, { clock: testClock() })
    await world.db.transaction(async (query) => {
      for (let line = 0; line < 1500; line++) {
        const target = { kind: 'user', id: `user ${line}` } as const
        await recordEvent(query, world, { event: 'user.enabled', by: bySystem, target, details: {} })
      }
    })
    const verdict = await verifyAudit(world)
    assert.ok(verdict.kind === 'whole' && verdict.events === 1500)
    assert.equal(await verdictAfter(world, sql`delete from audit_events where seq = 1200`), 1200)
  })
})

onBothEngines('tampering with the audit log is found', (engine) => {
  const edits: Record<string, Sql> = {
    at: sql`update audit_events set at = at + 1 where seq = 3`,
    event: sql`update audit_events set event = 'user.enabled' where seq = 3`,
    actor: sql`update audit_events set actor_kind = 'user', actor_id = 'eve' where seq = 3`,
    target: sql`update audit_events set target_id = 'eve' where seq = 3`,
    address: sql`update audit_events set address = '192.0.2.1' where seq = 3`,
    request: sql`update audit_events set request_id = 'another' where seq = 3`,
    details: sql`update audit_events set details = '{}' where seq = 3`,
    hash: sql`update audit_events set hash = 'AAAAAAAAAAAAAAAAAAAAAA' where seq = 3`,
    key: sql`update audit_events set key_id = 'another' where seq = 3`,
    before: sql`update audit_events set previous_hash = 'AAAAAAAAAAAAAAAAAAAAAA' where seq = 3`,
  }
  for (const [field, edit] of Object.entries(edits)) {
    test(`an edited ${field}`, async () => {
      assert.equal(await verdictAfter(await sixLines(engine), edit), 3)
    })
  }
})

onBothEngines('moving lines of the audit log is found', (engine) => {
  test('a deleted line', async () => {
    const world = await sixLines(engine)
    assert.equal(await verdictAfter(world, sql`delete from audit_events where seq = 3`), 3)
  })

  test('a deleted line, with those after it moved up', async () => {
    const world = await sixLines(engine)
    const moves = [
      sql`delete from audit_events where seq = 5`,
      sql`update audit_events set seq = 5 where seq = 6`,
      sql`update audit_head set seq = 5`,
    ]
    assert.equal(await verdictAfter(world, ...moves), 5)
  })

  test('an inserted line', async () => {
    const world = await sixLines(engine)
    const insert = sql`insert into audit_events (seq, at, event, actor_kind, target_kind, target_id, details,
        key_id, previous_hash, hash)
      select 7, at, 'user.enabled', actor_kind, target_kind, target_id, details, key_id, hash,
        'AAAAAAAAAAAAAAAAAAAAAA' from audit_events where seq = 6`
    assert.equal(await verdictAfter(world, insert), 7)
  })

  test('two lines that changed places', async () => {
    const world = await sixLines(engine)
    const moves = [
      sql`update audit_events set seq = 99 where seq = 3`,
      sql`update audit_events set seq = 3 where seq = 4`,
      sql`update audit_events set seq = 4 where seq = 99`,
    ]
    assert.equal(await verdictAfter(world, ...moves), 3)
  })

  test('an end that was cut off', async () => {
    const world = await sixLines(engine)
    assert.equal(await verdictAfter(world, sql`delete from audit_events where seq > 4`), 5)
  })

  test('an end that was cut off, with the head set back to fit', async () => {
    const world = await sixLines(engine)
    const cut = sql`delete from audit_events where seq > 4`
    const back = sql`update audit_head set seq = 4, hash = (select hash from audit_events where seq = 4)`
    assert.equal(await verdictAfter(world, cut, back), 5)
  })

  test('a head that was set back alone, or is missing', async () => {
    const world = await sixLines(engine)
    assert.equal(await verdictAfter(world, sql`update audit_head set seq = 4`), 7)
    assert.equal(await verdictAfter(world, sql`update audit_head set seq = 6`), 'whole')
    assert.equal(await verdictAfter(world, sql`delete from audit_head`), 7)
  })

  test('a log that was emptied', async () => {
    const world = await sixLines(engine)
    assert.equal(await verdictAfter(world, sql`delete from audit_events`), 1)
  })
})
