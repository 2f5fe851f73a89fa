import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { migrations } from '#src/store/migrations/all.ts'
import { atOnce } from '#test/support/at-once.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { spawnServer } from '#test/support/processes.ts'
import { envOf, sigil, sigilJson } from '#test/support/sigil.ts'

const ids = migrations.map(({ id }) => id)

onBothEngines('sigil migrate', ({ dialect, emptyPlace, freshPlace }) => {
  test('twenty sigil migrate at once apply each migration once', async () => {
    const place = await emptyPlace()
    const runs = await atOnce(20, () => sigilJson(['migrate'], { place }))
    assert.deepEqual(
      runs.map(({ code }) => code),
      runs.map(() => 0),
    )
    assert.deepEqual(runs.flatMap(({ said }) => said.applied).sort(), ids)
  })

  test('migrate --status and --dry-run show pending migrations without running them', async () => {
    const place = await emptyPlace()
    if (dialect === 'sqlite') {
      const file = join(place.dataDir, 'sigil.db')
      for (const flag of ['--dry-run', '--status']) {
        const { code, said } = await sigilJson(['migrate', flag], { place })
        assert.deepEqual([code, said.error.code, existsSync(file)], [3, 'no_database', false])
      }
      writeFileSync(file, '')
    }
    const dry = await sigil(['migrate', '--dry-run'], { place })
    assert.equal(dry.code, 0)
    for (const id of ids) assert.ok(dry.stdout.includes(`-- ${id}\n`))
    assert.match(dry.stdout, /create table users \(/)
    assert.deepEqual((await sigilJson(['migrate', '--dry-run'], { place })).said.pending, ids)
    const before = await sigil(['migrate', '--status'], { place })
    assert.match(before.stdout, /0001-users +pending/)
    assert.deepEqual((await sigilJson(['migrate'], { place })).said.applied, ids)
    const after = await sigil(['migrate', '--status'], { place })
    assert.match(after.stdout, /0001-users +\d{4}-\d\d-\d\dT/)
    assert.doesNotMatch(after.stdout, /pending/)
    assert.match((await sigil(['migrate', '--dry-run'], { place })).stdout, /up to date/)
    assert.match((await sigil(['migrate'], { place })).stdout, /up to date/)
  })

  test('migrate --status and --dry-run exclude each other', async () => {
    const place = await freshPlace()
    assert.equal((await sigil(['migrate', '--status', '--dry-run'], { place })).code, 2)
  })

  test('migrate --status works beside a running server', async () => {
    const place = await freshPlace()
    await spawnServer(place, envOf(place))
    const { code, said } = await sigilJson(['migrate', '--status'], { place })
    assert.deepEqual([code, said.pending], [0, []])
  })
})
