import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AppError } from '#src/errors/errors.ts'
import { systemClock } from '#src/platform/clock.ts'
import { Duplicate } from '#src/store/db.ts'
import { measured } from '#src/store/measured.ts'
import { sql } from '#src/store/sql.ts'
import { openMetrics } from '#src/telemetry/metrics.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { numbersIn } from '#test/support/prometheus.ts'

onBothEngines('a measured database', ({ open, dialect }) => {
  test('a measured database counts statements, transactions and failures', async () => {
    const metrics = openMetrics(systemClock)
    const db = measured(await open(), { clock: systemClock, metrics })
    const insert = sql`insert into revocations (seq, id, expires_at) values (1, 'a', 0)`
    await db.query(insert)
    await db.transaction((query) => query(sql`select 1 as one`))
    await assert.rejects(db.query(insert), Duplicate)
    await assert.rejects(
      db.transaction(async () => {
        throw new AppError('forbidden')
      }),
      AppError,
    )
    const answered = numbersIn(await metrics.text())
    const count = (kind: string) => ({ engine: dialect, kind })
    assert.equal(answered.of('sigil_database_seconds_count', count('query')), 2)
    assert.equal(answered.of('sigil_database_seconds_count', count('transaction')), 2)
    const errors = async () => {
      const { of } = numbersIn(await metrics.text())
      return ['away', 'commit_unknown', 'failed'].map((error) => of('sigil_database_errors_total', { error }))
    }
    assert.deepEqual(await errors(), [0, 0, 0])
    await assert.rejects(db.query(sql`select nothing from nowhere`))
    await assert.rejects(db.transaction((query) => query(sql`select nothing from nowhere`)))
    assert.deepEqual(await errors(), [0, 0, 2])
    await db.close()
    await assert.rejects(db.query(sql`select 1 as one`))
    assert.deepEqual(await errors(), [1, 0, 2])
    assert.equal(db.lastOutage?.()?.until, undefined)
    assert.ok(db.lastOutage?.())
  })
})
