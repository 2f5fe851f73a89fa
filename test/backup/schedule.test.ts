import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeDueBackup, runSchedule } from '#src/backup/run-schedule.ts'
import { backupFindings } from '#src/cli/doctor/backups.ts'
import { ending } from '#src/world/ending.ts'
import type { World } from '#src/world/world.ts'
import { newFolder } from '#test/backup/lived-in.ts'
import { capturedLog } from '#test/support/captured-log.ts'
import { type Engine, onBothEngines } from '#test/support/engines.ts'
import { masterKey } from '#test/support/sigil.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld } from '#test/support/test-world.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

async function scheduled(engine: Engine) {
  const clock = testClock()
  const { log, lines } = capturedLog()
  const folder = join(newFolder(), 'backups')
  mkdirSync(folder)
  const env = {
    SIGIL_BACKUP_DIR: folder,
    SIGIL_BACKUP_EVERY: '6h',
    SIGIL_BACKUP_KEEP: '2',
    SIGIL_MASTER_KEY: masterKey,
  }
  const world = await openTestWorld(engine, { clock, log, env })
  return { world, clock, folder, lines }
}

async function lastSuccessIn(world: World): Promise<number> {
  const [, value] =
    /^sigil_backup_last_success_timestamp_seconds (\S+)$/m.exec(await world.metrics.text()) ?? []
  return Number(value)
}

onBothEngines('scheduled backups', (engine) => {
  test('one of twenty nodes makes a backup that is due, readable by its owner alone', async () => {
    const { world, clock, folder } = await scheduled(engine)
    const made = await Promise.all(Array.from({ length: 20 }, () => makeDueBackup(world, folder)))
    const files = made.filter((file) => file !== undefined)
    assert.equal(files.length, 1)
    const [file = ''] = files
    assert.deepEqual(readdirSync(folder), [file.slice(folder.length + 1)])
    assert.match(file, /\/sigil-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ\.backup$/)
    assert.equal(statSync(file).mode & 0o777, 0o600)
    assert.match(readFileSync(file, 'utf8'), /^\{"sigil_backup":.*\n\{"end":true.*\n$/s)
    clock.forward(6 * hourMs - 1)
    assert.equal(await makeDueBackup(world, folder), undefined)
    clock.forward(1)
    assert.notEqual(await makeDueBackup(world, folder), undefined)
  })

  test('each scheduled backup deletes the oldest ones and drafts of a crash, and no other file', async () => {
    const { world, clock, folder } = await scheduled(engine)
    writeFileSync(join(folder, 'notes.txt'), '')
    writeFileSync(join(folder, 'sigil-2020-01-01T00-00-00Z.backup.draft-x'), '')
    const made: (string | undefined)[] = []
    for (let round = 0; round < 4; round++) {
      made.push(await makeDueBackup(world, folder))
      clock.forward(6 * hourMs)
    }
    const newest = made.slice(-2).map((file) => file?.slice(folder.length + 1))
    assert.deepEqual(readdirSync(folder), ['notes.txt', ...newest])
  })
})

onBothEngines('scheduled backups that fail', (engine) => {
  test('a scheduled backup that fails is reported with its setting and tried again', async () => {
    const { world, clock, folder, lines } = await scheduled(engine)
    rmSync(folder, { recursive: true })
    assert.equal(await makeDueBackup(world, folder), undefined)
    const reported = lines.filter(({ level }) => level === 'error')
    assert.equal(reported.length, 1)
    assert.match(JSON.stringify(reported[0]), /ENOENT.*SIGIL_BACKUP_DIR/)
    assert.match(await world.metrics.text(), /^sigil_backups_total\{outcome="failed"\} 1$/m)
    await runSchedule(world).stop()
    const warned = lines.filter(({ level }) => level === 'warn')
    assert.match(JSON.stringify(warned), /SIGIL_BACKUP_DIR.*backups cannot be written to \(ENOENT\)/)
    assert.equal((await backupFindings(world.db, clock, world.settings))[0]?.verdict, 'wrong')
    mkdirSync(folder)
    assert.equal((await backupFindings(world.db, clock, world.settings))[0]?.verdict, 'warning')
    clock.forward(10 * minuteMs - 1)
    assert.equal(await makeDueBackup(world, folder), undefined)
    clock.forward(1)
    assert.notEqual(await makeDueBackup(world, folder), undefined)
    assert.equal((await backupFindings(world.db, clock, world.settings))[0]?.verdict, 'ok')
    clock.forward(13 * hourMs)
    assert.equal((await backupFindings(world.db, clock, world.settings))[0]?.verdict, 'wrong')
  })

  test('a scheduled backup on a full disk leaves no file and names its setting', async (t) => {
    const { world, folder, lines } = await scheduled(engine)
    const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder])
    if (mount.status !== 0) return t.skip('only root can mount a small disk')
    try {
      const ballast = join(folder, 'ballast')
      assert.throws(() => writeFileSync(ballast, Buffer.alloc(2 ** 20)), { code: 'ENOSPC' })
      assert.equal(await makeDueBackup(world, folder), undefined)
      assert.deepEqual(readdirSync(folder), ['ballast'])
    } finally {
      spawnSync('umount', ['-l', folder])
    }
    assert.match(JSON.stringify(lines.filter(({ level }) => level === 'error')), /ENOSPC.*SIGIL_BACKUP_DIR/)
  })

  test('a server that stops leaves a backup in progress to its next start, without a file', async () => {
    const { world, folder, lines } = await scheduled(engine)
    ending(world).abort()
    assert.equal(await makeDueBackup(world, folder), undefined)
    assert.deepEqual(readdirSync(folder), [])
    assert.deepEqual(
      lines.filter(({ level }) => level === 'error'),
      [],
    )
    assert.notEqual(await makeDueBackup({ ...world }, folder), undefined)
  })
})

onBothEngines('scheduled backups of a server', (engine) => {
  test('a running server makes scheduled backups and exposes when the last one succeeded', async () => {
    const { world, clock, folder } = await scheduled(engine)
    const schedule = runSchedule(world)
    assert.equal(await lastSuccessIn(world), 0)
    const before = clock.now()
    clock.forward(minuteMs)
    await schedule.stop()
    assert.equal(readdirSync(folder).length, 1)
    assert.equal(await lastSuccessIn(world), (before + minuteMs) / 1000)
  })
})
