import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventsBefore, type Filters } from '#src/audit/events.sql.ts'
import type { Query } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld } from '#test/support/test-world.ts'

const combinations: Record<string, Partial<Filters>> = {
  audit_events_by_time: {},
  audit_events_by_event: { event: 'event 3' },
  audit_events_by_actor: { actorId: 'user 3', event: 'event 3' },
  audit_events_by_target: { targetId: 'user 3', actorId: 'user 3', event: 'event 3' },
}

onBothEngines('filters of the audit log', (engine) => {
  for (const [index, filters] of Object.entries(combinations)) {
    test(`listing audit events reads them by the index ${index}`, async () => {
      const world = await openTestWorld(engine, { clock: testClock() })
      await manyEvents(world.db.query, 5000)
      const plan = await planOf(world.db.query, engine.dialect, (query) => {
        const all = { event: undefined, actorId: undefined, targetId: undefined, ...filters }
        return eventsBefore(query, { before: 9e15, beforeId: '', max: 50, filters: all })
      })
      assert.match(plan, new RegExp(`(?:using|on) (?:index )?${index}`, 'i'))
      assert.doesNotMatch(plan, /seq scan on audit_events|scan audit_events(?! using)/i)
    })
  }
})

/** Enough rows that a full scan is not the best plan. */
async function manyEvents(query: Query, count: number): Promise<void> {
  await query(sql`insert into audit_events (id, at, event, actor_kind, actor_id, target_kind, target_id,
      details, key_id, mac)
    with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${count})
    select 'event ' || n, n, 'event ' || n % 20, 'user', 'user ' || n % 100, 'user', 'user ' || n % 90, '{}',
      '', '' from numbers`)
  await query(sql`analyze audit_events`)
}

/** The query plan of the queries of `read`. */
async function planOf(
  query: Query,
  dialect: string,
  read: (query: Query) => Promise<unknown>,
): Promise<string> {
  let plan = ''
  const explain = dialect === 'sqlite' ? 'explain query plan ' : 'explain '
  await read(async (statement) => {
    assert.ok('strings' in statement)
    const [first = '', ...rest] = statement.strings
    const strings = Object.assign([`${explain}${first}`, ...rest], { raw: [] })
    const rows = await query({ strings, values: statement.values })
    plan = JSON.stringify(rows)
    return []
  })
  return plan
}
