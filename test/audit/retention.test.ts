import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { cleanAudit } from '#src/audit/clean.ts'
import { verifyAudit } from '#src/audit/verify-audit.ts'
import { BackupError } from '#src/backup/backup-error.ts'
import { sql } from '#src/store/sql.ts'
import type { World } from '#src/world/world.ts'
import { audit } from '#test/audit/command.ts'
import { record, sealAll, verdictAfter } from '#test/audit/recorded.ts'
import { newFolder } from '#test/backup/lived-in.ts'
import { atOnce } from '#test/support/at-once.ts'
import { type Engine, onBothEngines } from '#test/support/engines.ts'
import { personWithRoles } from '#test/support/people.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld } from '#test/support/test-world.ts'

const dayMs = 24 * 60 * 60_000

/** Five segments of two events, a day apart; the retention is three days. */
async function fiveDays(engine: Engine): Promise<World> {
  const clock = testClock()
  const world = await openTestWorld(engine, { clock, env: { SIGIL_AUDIT_RETENTION: '3d' } })
  for (let day = 0; day < 5; day++) {
    for (const id of ['a', 'b']) await record(world, `${id}${day}`)
    await sealAll(world)
    clock.forward(dayMs)
  }
  return world
}

async function keptBy(world: World): Promise<string> {
  const verdict = await verifyAudit(world)
  return verdict.kind === 'whole' ? `${verdict.first}-${verdict.events}` : `${verdict.seq}: ${verdict.why}`
}

onBothEngines('retention of the audit log', (engine) => {
  test('segments past their retention are deleted in small batches, and the rest verifies', async () => {
    const world = await fiveDays(engine)
    assert.equal(await keptBy(world), '1-10')
    assert.equal(await cleanAudit(world, 2), 2)
    assert.equal(await keptBy(world), '3-10')
    assert.equal(await cleanAudit(world, 500), 4)
    assert.equal(await cleanAudit(world, 500), 0)
    assert.equal(await keptBy(world), '7-10')
    await record(world, 'later')
    await sealAll(world)
    assert.equal(await keptBy(world), '7-11')
  })

  test('the whole log can be past its retention, and continues with the next number', async () => {
    const world = await fiveDays(engine)
    const later = { ...world, clock: { ...world.clock, now: () => world.clock.now() + 30 * dayMs } }
    assert.equal(await cleanAudit(later, 500), 10)
    assert.equal(await keptBy(world), '11-10')
    await record(world, 'later')
    await sealAll(world)
    assert.equal(await keptBy(world), '11-11')
  })

  test('concurrent cleaning and sealing lose neither the beginning nor the end of the log', async () => {
    const world = await fiveDays(engine)
    await atOnce(20, async (index) => {
      if (index % 2 === 0) await cleanAudit(world, 2)
      else {
        await record(world, `user ${index}`)
        await sealAll(world)
      }
    })
    await sealAll(world)
    assert.equal(await keptBy(world), '7-20')
  })

  test('nothing is deleted from a log whose head was changed', async () => {
    const world = await fiveDays(engine)
    await world.db.query(sql`update audit_head set floor_hash = 'x'`)
    assert.equal(await cleanAudit(world, 500), 0)
  })

  test('verifying reports events that were deleted from the beginning outside of retention', async () => {
    const world = await fiveDays(engine)
    await cleanAudit(world, 2)
    const cut = [
      sql`delete from audit_events where seq <= 4`,
      sql`delete from audit_segments where seq <= 2`,
      sql`update audit_head set floor_seq = 4, floor_segment = 2,
        floor_hash = (select previous_hash from audit_segments where seq = 3)`,
    ]
    assert.notEqual(await verdictAfter(world, ...cut), 'whole')
  })
})

onBothEngines('audit commands', (engine) => {
  test('audit list prints the newest first and audit tail the newest last, both filtered', async () => {
    const world = await fiveDays(engine)
    const targets = async (name: string, typed: Record<string, string>) => {
      const { json } = await audit(world, name, typed)
      return (json as unknown as { events: { target: { id: string } }[] }).events.map(
        ({ target }) => target.id,
      )
    }
    assert.deepEqual(await targets('list', { limit: '3' }), ['b4', 'a4', 'b3'])
    assert.deepEqual(await targets('tail', { limit: '3' }), ['b3', 'a4', 'b4'])
    assert.deepEqual(await targets('list', { target: 'a0', event: 'user.disabled' }), ['a0'])
    assert.deepEqual(await targets('list', { actor: 'nobody' }), [])
    await assert.rejects(audit(world, 'list', { event: 'user.sneezed' }))
  })

  test('audit export writes sealed events with their personal details into a new file only', async () => {
    const world = await fiveDays(engine)
    const { email } = await personWithRoles(world, ['default_user'])
    await sealAll(world)
    await record(world, 'unsealed')
    const file = join(newFolder(), 'audit.jsonl')
    const { json } = await audit(world, 'export', { file })
    assert.equal((json as { events: number }).events, 11)
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
    const exported = lines.map((line) => JSON.parse(line) as { seq: number; details: unknown })
    assert.deepEqual(
      exported.map(({ seq }) => seq),
      Array.from({ length: 11 }, (_, index) => index + 1),
    )
    assert.ok(JSON.stringify(exported.at(-1)?.details).includes(email))
    await assert.rejects(audit(world, 'export', { file }), BackupError)
    const until = new Date(world.clock.now() - 3 * dayMs - dayMs / 2).toISOString()
    const early = await audit(world, 'export', { file: `${file}.2`, until })
    assert.equal((early.json as { events: number }).events, 4)
  })
})
