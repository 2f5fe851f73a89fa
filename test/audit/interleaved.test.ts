import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cleanAudit } from '#src/audit/clean.ts'
import { DatabaseMoved, moveAway, prepareToMove } from '#src/audit/moved.ts'
import { sealEvents } from '#src/audit/seal-events.ts'
import { takeLease } from '#src/audit/segments.sql.ts'
import { verifyAudit } from '#src/audit/verify-audit.ts'
import { sql } from '#src/store/sql.ts'
import type { World } from '#src/world/world.ts'
import { interleaved } from '#test/audit/interleaved.ts'
import { record, sealAll } from '#test/audit/recorded.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld } from '#test/support/test-world.ts'

const dayMs = 24 * 60 * 60_000

function move({ db, clock }: World): Promise<void> {
  return db.transaction(async (query) => {
    await prepareToMove(query)
    await moveAway(query, clock.now())
  })
}

onBothEngines('interleaved transactions of the audit log', (engine) => {
  test('an event that is recorded while an export commits is rejected after it', async () => {
    const world = await openTestWorld(engine, { clock: testClock() })
    const [moved, recorded] = await interleaved(world, move, (beside) => record(beside, 'late'))
    assert.equal(moved.status, 'fulfilled')
    assert.ok(recorded.status === 'rejected' && recorded.reason instanceof DatabaseMoved)
    assert.deepEqual(await world.db.query(sql`select id from audit_events`), [])
  })

  test('an export waits for transactions that have recorded an event', async () => {
    const world = await openTestWorld(engine, { clock: testClock() })
    const seen: number[] = []
    const exportAll = (beside: World) =>
      beside.db.transaction(async (query) => {
        await prepareToMove(query)
        seen.push((await query(sql`select id from audit_events`)).length)
      })
    await interleaved(world, (first) => record(first, 'early'), exportAll)
    assert.deepEqual(seen, [1])
  })

  test('concurrent writers of audit events do not wait for each other', async () => {
    const world = await openTestWorld(engine, { clock: testClock() })
    const commits: string[] = []
    const recordAs = (id: string) => (beside: World) => record(beside, id).then(() => commits.push(id))
    await interleaved(world, recordAs('slow'), recordAs('quick'))
    assert.deepEqual(commits, engine.dialect === 'postgres' ? ['quick', 'slow'] : ['slow', 'quick'])
  })

  test('sealing concurrent with retention keeps the new beginning of the log', async () => {
    const clock = testClock()
    const world = await openTestWorld(engine, { clock, env: { SIGIL_AUDIT_RETENTION: '1d' } })
    await record(world, 'old')
    await sealAll(world)
    clock.forward(2 * dayMs)
    await record(world, 'new')
    await interleaved(
      world,
      (first) => cleanAudit(first, 500),
      (beside) => sealEvents(beside, 'one'),
    )
    const verdict = await verifyAudit(world)
    assert.deepEqual([verdict.kind, verdict.kind === 'whole' && verdict.first], ['whole', 2])
  })

  test('one of twenty sealers gets the lease', async () => {
    const clock = testClock()
    const { db } = await openTestWorld(engine, { clock })
    const now = clock.now()
    const owners = Array.from({ length: 20 }, (_, index) => `sealer ${index}`)
    const taken = owners.map((owner) =>
      db.transaction((query) => takeLease(query, { owner, until: now + 2000, now })),
    )
    assert.equal((await Promise.all(taken)).filter(Boolean).length, 1)
  })
})
