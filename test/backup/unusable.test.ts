import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { byCli } from '#src/audit/by.ts'
import { backUp } from '#src/backup/back-up.ts'
import { BackupError } from '#src/backup/backup-error.ts'
import { restore } from '#src/backup/restore.ts'
import { MasterKeyProblem, parseMasterKey } from '#src/keys/master-key.ts'
import { UnreadableFile } from '#src/platform/lines.ts'
import { systemRandom } from '#src/platform/random.ts'
import { livedIn, newFolder, rowsOf } from '#test/backup/lived-in.ts'
import { noWaitClock } from '#test/backup/no-wait-clock.ts'
import { rewritten } from '#test/backup/rewritten.ts'
import { onBothEngines, openPlace, type Place } from '#test/support/engines.ts'
import { masterKey } from '#test/support/sigil.ts'

const made = { release: '0.1.0', by: byCli }

async function putBack(place: Place, file: string, key = masterKey) {
  const db = await openPlace(place)
  const before = await rowsOf(db)
  const outside = {
    db,
    clock: noWaitClock,
    random: systemRandom,
    masterKeyFor: async () => parseMasterKey(key),
  }
  const error = await restore(outside, { file, isReplacing: true, by: byCli }).then(
    () => undefined,
    (error: unknown) => error,
  )
  const isUntouched = JSON.stringify(await rowsOf(db)) === JSON.stringify(before)
  await db.close()
  return { error, isUntouched }
}

onBothEngines('an unusable backup', ({ freshPlace }) => {
  test('restoring a damaged or foreign file fails and changes nothing', async () => {
    const place = await freshPlace()
    const { world, stop } = await livedIn(place)
    const file = join(newFolder(), 'good')
    await backUp(world, { ...made, file })
    const { keys } = world
    await stop()
    const text = readFileSync(file, 'utf8')
    const lines = text.split('\n')
    const damages: Record<string, string> = {
      'cut in the middle of a line': text.slice(0, text.length / 2),
      'cut after a line': lines
        .slice(0, lines.length / 2)
        .join('\n')
        .concat('\n'),
      'cut before the end': lines.slice(0, -2).join('\n').concat('\n'),
      'one letter changed': text.replace('default_user', 'default_usex'),
      'a row missing': lines.filter((line) => !line.includes('"editor"')).join('\n'),
      'a row twice': lines
        .flatMap((line) => (line.includes('"Bob\\nII"') ? [line, line] : [line]))
        .join('\n'),
      'data after the end': `${text}[]\n`,
    }
    for (const [what, damage] of Object.entries(damages)) {
      writeFileSync(`${file}.damaged`, damage)
      await assertRefused(place, `${file}.damaged`, 'backup_damaged', what)
    }
    for (const other of ['', '{}\n', 'SQLite format 3\0', '\n', 'x'.repeat(100)]) {
      writeFileSync(`${file}.other`, `${other}\n`)
      await assertRefused(place, `${file}.other`, 'not_a_backup', other)
    }
    assert.ok((await putBack(place, `${file}.missing`)).error instanceof UnreadableFile)

    const withAdmin = rewritten(file, (line) => asAdmin(line))
    await assertRefused(place, withAdmin, 'backup_damaged', 'changed without the master key')
    const columns = rewritten(file, (line) => renamed(line), keys)
    await assertRefused(place, columns, 'backup_damaged', 'an unknown column')
    const otherKey = randomBytes(32).toString('base64url')
    const { error, isUntouched } = await putBack(place, file, otherKey)
    assert.ok(error instanceof MasterKeyProblem && isUntouched)
    assert.equal((await putBack(place, file)).error, undefined)
  })

  test('restoring a backup of a newer release fails', async () => {
    const place = await freshPlace()
    const { world, stop } = await livedIn(place)
    const file = join(newFolder(), 'good')
    await backUp(world, { ...made, file })
    await stop()
    const later = rewritten(file, (line) => withMigration(line, '9999-later'), world.keys)
    await assertRefused(place, later, 'backup_newer', 'an unknown migration')
    const other = rewritten(
      file,
      (line) => ('sigil_backup' in line ? { ...line, sigil_backup: 2 } : line),
      world.keys,
    )
    await assertRefused(place, other, 'backup_newer', 'another format')
  })
})

async function assertRefused(place: Place, file: string, code: BackupError['code'], what: string) {
  const { error, isUntouched } = await putBack(place, file)
  assert.ok(error instanceof BackupError, `${what}: ${error}`)
  assert.equal(error.code, code, `${what}: ${error.message}`)
  assert.ok(isUntouched, what)
}

type Line = Record<string, unknown> | unknown[]

/** Turns the role editor of every user into admin. */
function asAdmin(line: Line): Line {
  return Array.isArray(line) && line[1] === 'editor' ? line.with(1, 'admin') : line
}

function renamed(line: Line): Line {
  return 'columns' in line && line.table === 'roles'
    ? { ...line, columns: (line.columns as string[]).map((name) => (name === 'name' ? 'evil' : name)) }
    : line
}

function withMigration(line: Line, id: string): Line {
  return 'migrations' in line ? { ...line, migrations: [...(line.migrations as string[]), id] } : line
}
