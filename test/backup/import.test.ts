import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { byCli } from '#src/audit/by.ts'
import { backUp } from '#src/backup/back-up.ts'
import { BackupError } from '#src/backup/backup-error.ts'
import { exportInstance } from '#src/backup/export-instance.ts'
import { importInstance } from '#src/backup/import-instance.ts'
import { tablesThere } from '#src/backup/rows.sql.ts'
import { MasterKeyProblem, parseMasterKey } from '#src/keys/master-key.ts'
import { systemClock } from '#src/platform/clock.ts'
import { systemRandom } from '#src/platform/random.ts'
import type { Db } from '#src/store/db.ts'
import { livedIn, newFolder, rowsOf } from '#test/backup/lived-in.ts'
import { rewritten } from '#test/backup/rewritten.ts'
import { atOnce } from '#test/support/at-once.ts'
import { type Engine, onBothEngines, openPlace } from '#test/support/engines.ts'
import { masterKey } from '#test/support/sigil.ts'

const made = { release: '0.1.0', by: byCli }
const minuteMs = 60_000

onBothEngines('importing an instance', (engine) => {
  test('an import accepts only a complete, authentic and recent export, or changes nothing', async () => {
    const { file, backup } = await exported(engine)
    const db = await openPlace(await engine.emptyPlace())
    const text = readFileSync(file, 'utf8')
    writeFileSync(`${file}.cut`, text.slice(0, text.length / 2))
    writeFileSync(`${file}.letter`, text.replace('default_user', 'default_usex'))
    for (const damaged of [`${file}.cut`, `${file}.letter`])
      assert.equal(codeOf(await attempt(db, damaged)), 'backup_damaged', damaged)
    // Changes made without the master key: another administrator, and a more recent file.
    const withAdmin = rewritten(file, (line) => asAdmin(line))
    assert.equal(codeOf(await attempt(db, withAdmin)), 'backup_damaged')
    const at = systemClock.now() + 61 * minuteMs
    const moreRecent = rewritten(file, (line) => ('made_at' in line ? { ...line, made_at: at } : line))
    assert.equal(codeOf(await attempt(db, moreRecent, { at })), 'backup_damaged')
    assert.equal(codeOf(await attempt(db, backup)), 'not_an_export')
    const key = randomBytes(32).toString('base64url')
    assert.ok((await attempt(db, file, { key })) instanceof MasterKeyProblem)
    const { now } = systemClock
    assert.equal(codeOf(await attempt(db, file, { at })), 'too_old')
    assert.equal(codeOf(await attempt(db, file, { at: now() - 2 * minuteMs })), 'clock_wrong')
    assert.deepEqual(await tablesThere(db.query), [])
    assert.equal(await attempt(db, file, { at: now() + 59 * minuteMs }), undefined)
  })

  test('of twenty imports at once, one succeeds', async () => {
    const { file } = await exported(engine)
    const db = await engine.open()
    const ends = await atOnce(20, () => attempt(db, file))
    assert.equal(ends.filter((error) => error === undefined).length, 1)
    assert.equal(ends.filter((error) => codeOf(error) === 'not_empty').length, 19, String(ends))
  })

  test('an import into a database with an instance fails', async () => {
    const { file } = await exported(engine)
    const other = await livedIn(await engine.freshPlace())
    // The server of the instance continues to send its emails.
    const rows = async () => ({ ...(await rowsOf(other.world.db)), outbox_deliveries: [] })
    const before = await rows()
    assert.equal(codeOf(await attempt(other.world.db, file)), 'not_empty')
    assert.deepEqual(await rows(), before)
    await other.stop()
  })
})

/** An exported instance, and an earlier backup of it. */
async function exported(engine: Engine): Promise<{ file: string; backup: string }> {
  const folder = newFolder()
  const [file, backup] = [join(folder, 'export'), join(folder, 'backup')]
  const place = await engine.freshPlace()
  const { world, stop } = await livedIn(place)
  await backUp(world, { ...made, file: backup })
  await stop()
  const db = await openPlace(place)
  await exportInstance(outsideOf(db, {}), { ...made, file })
  await db.close()
  return { file, backup }
}

type Changes = { readonly key?: string; readonly at?: number }

async function attempt(db: Db, file: string, changes: Changes = {}): Promise<unknown> {
  return importInstance(outsideOf(db, changes), { file, by: byCli }).then(
    () => undefined,
    (error: unknown) => error,
  )
}

function outsideOf(db: Db, { key = masterKey, at }: Changes) {
  const clock = at === undefined ? systemClock : { ...systemClock, now: () => at }
  return { db, clock, random: systemRandom, masterKeyFor: async () => parseMasterKey(key) }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof BackupError ? error.code : undefined
}

type Line = Record<string, unknown> | unknown[]

function asAdmin(line: Line): Line {
  return Array.isArray(line) && line[1] === 'editor' ? line.with(1, 'admin') : line
}
