import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bySystem } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { verifyAudit } from '#src/audit/verify-audit.ts'
import { sql } from '#src/store/sql.ts'
import { record, sealAll, sixSealed, verdictAfter } from '#test/audit/recorded.ts'
import { atOnce } from '#test/support/at-once.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld } from '#test/support/test-world.ts'

onBothEngines('verifying the audit log', (engine) => {
  test('an audit log without events is intact, and so is one with a few', async () => {
    const world = await openTestWorld(engine, { clock: testClock() })
    const none = { kind: 'whole', events: 0, first: 1, unsealed: 0, head: '' }
    assert.deepEqual(await verifyAudit(world), none)
    await record(world, 'a')
    assert.deepEqual(await verifyAudit(world), { ...none, unsealed: 1 })
    await record(world, 'b')
    await sealAll(world)
    const verdict = await verifyAudit(world)
    assert.ok(verdict.kind === 'whole' && verdict.events === 2 && verdict.unsealed === 0)
    assert.notEqual(verdict.head, '')
  })

  test('twenty events recorded at once are all in the audit log', async () => {
    const world = await openTestWorld(engine, { clock: testClock() })
    await atOnce(20, (index) => record(world, `user ${index}`))
    await sealAll(world)
    const verdict = await verifyAudit(world)
    assert.ok(verdict.kind === 'whole' && verdict.events === 20)
  })

  test('an event is rolled back with its transaction', async () => {
    const world = await openTestWorld(engine, { clock: testClock() })
    await record(world, 'a')
    const target = { kind: 'user', id: 'a' } as const
    const failing = world.db.transaction(async (query) => {
      await recordEvent(query, world, { event: 'user.deleted', by: bySystem, target, details: {} })
      throw new Error('undone')
    })
    await assert.rejects(failing, /undone/)
    await record(world, 'b')
    await sealAll(world)
    const verdict = await verifyAudit(world)
    assert.ok(verdict.kind === 'whole' && verdict.events === 2)
  })

  test('a log of several segments and more events than are read at once is verified', async () => {
    const world = await openTestWorld(engine, { clock: testClock() })
    await world.db.transaction(async (query) => {
      for (let line = 0; line < 1500; line++) {
        const target = { kind: 'user', id: `user ${line}` } as const
        await recordEvent(query, world, { event: 'user.enabled', by: bySystem, target, details: {} })
      }
    })
    await sealAll(world)
    const verdict = await verifyAudit(world)
    assert.ok(verdict.kind === 'whole' && verdict.events === 1500)
    assert.equal(await verdictAfter(world, sql`delete from audit_events where seq = 1200`), 1200)
  })
})

onBothEngines('deleted and moved audit events', (engine) => {
  test('verifying reports a deleted event', async () => {
    const world = await sixSealed(engine)
    assert.equal(await verdictAfter(world, sql`delete from audit_events where seq = 3`), 3)
  })

  test('verifying reports a deleted event when later ones were renumbered', async () => {
    const world = await sixSealed(engine)
    const moves = [
      sql`delete from audit_events where seq = 5`,
      sql`update audit_events set seq = 5, segment = 1 where seq = 6`,
      sql`update audit_segments set last_event = 5 where seq = 2`,
      sql`update audit_head set seq = 5`,
    ]
    assert.equal(await verdictAfter(world, ...moves), 4)
  })

  test('verifying reports an event that was unsealed', async () => {
    const world = await sixSealed(engine)
    const unseal = sql`update audit_events set seq = null, segment = null, hash = null where seq = 5`
    assert.equal(await verdictAfter(world, unseal), 5)
  })

  test('verifying reports an event that was inserted after the last one', async () => {
    const world = await sixSealed(engine)
    const insert = sql`insert into audit_events (id, at, event, actor_kind, target_kind, target_id, details,
        key_id, mac, seq, segment, hash)
      select 'x', at, 'user.enabled', actor_kind, target_kind, target_id, details, key_id, mac, 7, 2, hash
        from audit_events where seq = 6`
    assert.equal(await verdictAfter(world, insert), 7)
  })

  test('verifying reports two events that changed places', async () => {
    const world = await sixSealed(engine)
    const moves = [
      sql`update audit_events set seq = 99 where seq = 2`,
      sql`update audit_events set seq = 2 where seq = 3`,
      sql`update audit_events set seq = 3 where seq = 99`,
    ]
    assert.equal(await verdictAfter(world, ...moves), 2)
  })
})

onBothEngines('the beginning and the end of the audit log', (engine) => {
  test('verifying reports deleted newest events, with and without their segment', async () => {
    const cut = sql`delete from audit_events where seq > 3`
    assert.equal(await verdictAfter(await sixSealed(engine), cut), 4)
    const both = [cut, sql`delete from audit_segments where seq = 2`]
    assert.equal(await verdictAfter(await sixSealed(engine), ...both), 4)
    const fitting = sql`update audit_head set segment = 1, seq = 3,
      hash = (select hash from audit_segments where seq = 1)`
    assert.equal(await verdictAfter(await sixSealed(engine), ...both, fitting), 4)
  })

  test('verifying reports a head that was changed or deleted', async () => {
    const world = await sixSealed(engine)
    assert.equal(await verdictAfter(world, sql`update audit_head set seq = 3`), 7)
    assert.equal(await verdictAfter(world, sql`update audit_head set seq = 6`), 'whole')
    assert.equal(await verdictAfter(world, sql`update audit_head set floor_hash = 'x'`), 1)
    assert.equal(await verdictAfter(world, sql`update audit_head set floor_hash = ''`), 'whole')
    assert.equal(await verdictAfter(world, sql`delete from audit_head`), 7)
  })

  test('verifying reports a log whose events were all deleted', async () => {
    const world = await sixSealed(engine)
    assert.equal(await verdictAfter(world, sql`delete from audit_events`), 1)
  })

  test('sealing does not hide a truncation: a gap remains where the head was changed', async () => {
    const world = await sixSealed(engine)
    const cut = [
      sql`delete from audit_events where seq > 3`,
      sql`delete from audit_segments where seq = 2`,
      sql`update audit_head set segment = 1, seq = 3, hash = (select hash from audit_segments where seq = 1)`,
    ]
    await verdictAfter(world, ...cut)
    for (const id of ['g', 'h']) {
      await record(world, id)
      await sealAll(world)
      assert.equal(await verdictAfter(world), 4)
    }
  })
})
