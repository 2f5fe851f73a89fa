import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { systemClock } from '#src/platform/clock.ts'
import { type Migration, migrate, migrationStatus, NewerSchema } from '#src/store/migrate.ts'
import { sql } from '#src/store/sql.ts'
import { threeSteps } from '#test/store/steps.ts'
import { atOnce } from '#test/support/at-once.ts'
import { onBothEngines, openPlace } from '#test/support/engines.ts'

const clock = { ...systemClock, now: () => 1_700_000_000_000 }
const ids = threeSteps.map((step) => step.id)

onBothEngines('migrations', ({ emptyPlace }) => {
  test('migrate applies the missing migrations in order and returns their ids', async () => {
    const db = await openPlace(await emptyPlace())
    assert.deepEqual(await migrate(db, clock, threeSteps.slice(0, 1)), ids.slice(0, 1))
    assert.deepEqual(
      (await migrationStatus(db, threeSteps)).map((step) => step.appliedAt),
      [1_700_000_000_000, undefined, undefined],
    )
    assert.deepEqual(await migrate(db, clock, threeSteps), ids.slice(1))
    assert.deepEqual(await migrate(db, clock, threeSteps), [])
    assert.deepEqual(await db.query(sql`select id, worth from coins`), [{ id: 'one', worth: 1 }])
  })

  test('the status of migrations is read without writing anything', async () => {
    const db = await openPlace(await emptyPlace())
    const unapplied = ids.map((id) => ({ id, appliedAt: undefined }))
    assert.deepEqual(await migrationStatus(db, threeSteps), unapplied)
    assert.deepEqual(await migrationStatus(db, threeSteps), unapplied)
    await assert.rejects(db.query(sql`select id from schema_migrations`))
  })

  test('each migration is applied once by twenty calls at once', async () => {
    const db = await openPlace(await emptyPlace())
    const applied = await atOnce(20, () => migrate(db, clock, threeSteps))
    assert.deepEqual(applied.flat().sort(), ids)
    assert.deepEqual(await db.query(sql`select id, worth from coins`), [{ id: 'one', worth: 1 }])
  })
})

onBothEngines('migrations that go wrong', ({ emptyPlace }) => {
  test('a migration that fails leaves nothing, and the next call continues with it', async () => {
    const db = await openPlace(await emptyPlace())
    const broken: Migration = {
      id: '0002-first-coin',
      statements: [sql`insert into coins (id) values ('half')`, sql`insert into nowhere (id) values ('a')`],
    }
    const [first] = threeSteps
    assert.ok(first)
    await assert.rejects(migrate(db, clock, [first, broken]), /nowhere/)
    assert.deepEqual(await db.query(sql`select id from coins`), [])
    assert.deepEqual(await migrate(db, clock, threeSteps), ids.slice(1))
  })

  test('a database with migrations of a newer release is rejected with their names', async () => {
    const db = await openPlace(await emptyPlace())
    await migrate(db, clock, threeSteps)
    const refused = (error: unknown) =>
      error instanceof NewerSchema && error.ids.join() === ids.slice(1).join()
    await assert.rejects(migrate(db, clock, threeSteps.slice(0, 1)), refused)
    await assert.rejects(migrationStatus(db, threeSteps.slice(0, 1)), refused)
  })

  test('migrations out of order are rejected', async () => {
    const db = await openPlace(await emptyPlace())
    await assert.rejects(migrate(db, clock, threeSteps.toReversed()), /must not come after/)
  })
})

onBothEngines('migrations on several nodes', ({ emptyPlace, dialect }) => {
  const isEmbedded = dialect === 'sqlite' && 'one process at a time: see sqlite-lock.test.ts'
  test('two processes with ten calls each apply each migration once', { skip: isEmbedded }, async () => {
    const place = await emptyPlace()
    const script = fileURLToPath(import.meta.resolve('#test/store/migrate-ten-times.ts'))
    const processes = [1, 2].map(() =>
      spawn(process.execPath, [script, place.databaseUrl ?? ''], { stdio: ['pipe', 'pipe', 'inherit'] }),
    )
    await Promise.all(processes.map(({ stdout }) => once(stdout, 'data')))
    const told = processes.map(({ stdout }) => once(stdout, 'data'))
    for (const { stdin } of processes) stdin.write('go\n')
    const applied = (await Promise.all(told)).map(([line]) => JSON.parse(String(line)))
    assert.deepEqual(applied.flat().sort(), ids)
    const db = await openPlace(place)
    assert.deepEqual(await db.query(sql`select id, worth from coins`), [{ id: 'one', worth: 1 }])
  })
})
