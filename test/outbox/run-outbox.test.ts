import { test } from 'node:test'
import { setImmediate as soon } from 'node:timers/promises'
import { outbox } from '#src/cli/outbox.ts'
import { addReader } from '#src/outbox/outbox.sql.ts'
import { runOutbox } from '#src/outbox/run-outbox.ts'
import { record, sealAll } from '#test/audit/recorded.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld } from '#test/support/test-world.ts'

onBothEngines('the outbox of a running server', (engine) => {
  test('the outbox wakes up when events were sealed, and counts them', async () => {
    const world = await openTestWorld(engine, { clock: testClock() })
    for (const { name } of outbox.readers) await addReader(world.db.query, name)
    const running = runOutbox(world, outbox)
    for (const id of ['a', 'b']) await record(world, id)
    await sealAll(world)
    const counted = 'sigil_audit_events_total{event="user.disabled"} 2'
    while (!(await world.metrics.text()).includes(counted)) await soon()
    await running.stop()
  })

  test('the outbox continues after an error, and stops at once when it is idle', async () => {
    const clock = testClock()
    const opened = await openTestWorld(engine, { clock })
    let failures = 0
    const query: typeof opened.db.query = async (statement) => {
      if (failures++ === 0) throw new Error('away')
      return opened.db.query(statement)
    }
    const world = { ...opened, db: { ...opened.db, query } }
    const running = runOutbox(world, outbox)
    while (failures === 0) await soon()
    await soon()
    clock.forward(1000)
    while (failures < 3) await soon()
    await running.stop()
  })
})
