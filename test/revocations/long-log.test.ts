import assert from 'node:assert/strict'
import { test } from 'node:test'
import { byCli } from '#src/audit/by.ts'
import { logPort } from '#src/revocations/lease/log-port.ts'
import { addVerifier } from '#src/revocations/verifier-keys.ts'
import type { Db } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'
import type { World } from '#src/world/world.ts'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { startServer } from '#test/support/server.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld } from '#test/support/test-world.ts'
import { attached } from '../../sdk/verify/test/support/attached.ts'

const count = 25_000

type Polled = { head: number; lease_ms: number; entries: { key: string }[] }

onBothEngines('a long revocation log', (engine) => {
  test('a verifier receives a long log in pages, the last of which grants the lease', async () => {
    const place = await engine.freshPlace()
    const first = await startServer(place)
    await fillLog(first.world)
    await first.stop()
    const server = await startServer(place)
    const added = await addVerifier(server.world, { name: 'new', by: byCli })
    const keys = new Set<string>()
    const pages: number[][] = []
    for (let after = 0, isWhole = false; !isWhole; ) {
      const asked = { after, ack: after, wait_ms: 1000 }
      const reply = await clientAt(server.url).post('/api/v1/revocations/poll', asked, {
        bearer: added?.key ?? '',
      })
      const polled = JSON.parse(reply.text) as Polled
      for (const { key } of polled.entries) keys.add(key)
      pages.push([polled.head, polled.entries.length])
      after = polled.head
      isWhole = polled.lease_ms > 0
    }
    assert.equal(keys.size, count)
    assert.deepEqual(pages, [
      [10_000, 10_000],
      [20_000, 10_000],
      [25_000, 5000],
    ])
    const verifier = await attached(server)
    const { entries, head, lease } = verifier.state()
    assert.deepEqual([entries, head, lease], [count, count, 'held'])
    verifier.close()
  })

  test('a starting node reads a long log in several urgent statements', async () => {
    const world = await openTestWorld(engine, { clock: testClock() })
    await fillLog(world)
    const read: number[] = []
    const urgent: Db['urgent'] = (limitMs) => {
      const query = world.db.urgent(limitMs)
      return async (statement) => {
        const rows = await query(statement)
        read.push(rows.length)
        return rows
      }
    }
    const port = logPort({ ...world, db: { ...world.db, urgent } })
    const { entries, head } = await port.fetch(0)
    assert.deepEqual(read, [10_000, 10_000, 5000])
    assert.deepEqual([entries.length, entries[0]?.seq, entries.at(-1)?.seq, head], [count, 1, count, count])
    // A full page may have been the last one.
    assert.deepEqual((await port.fetch(count - 10_000)).entries, entries.slice(-10_000))
    assert.deepEqual(await port.fetch(count), { entries: [], head: count, droppedUntil: 0 })
  })
})

async function fillLog({ db, clock }: World): Promise<void> {
  await db.query(sql`insert into revocations (seq, id, expires_at)
    with recursive places (place) as
      (select 1 union all select place + 1 from places where place < ${count})
    select place, 'key ' || place, ${clock.now() + 3_600_000} from places`)
  await db.query(sql`update revocation_head set head = ${count} where id = 1`)
}
