import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { BackupError } from '#src/backup/backup-error.ts'
import type { End, Head } from '#src/backup/backup-lines.ts'
import type { OnRows } from '#src/backup/dump.ts'
import { type Outside, openFileKeys } from '#src/backup/file-keys.ts'
import { load, ownTables } from '#src/backup/load.ts'
import { assertOwnTables, instanceHere } from '#src/backup/occupied.ts'
import { checkBackup, rowsIn } from '#src/backup/read-backup.ts'
import { isWithoutKeys } from '#src/keys/key-ring.ts'
import { rfc3339 } from '#src/platform/clock.ts'
import { setTimeline } from '#src/revocations/log/timeline.sql.ts'
import type { Db } from '#src/store/db.ts'
import { maxSkewMs } from '#src/store/examine.ts'
import { within } from '#src/store/within.ts'

export type Imported = { readonly head: Head; readonly rows: End['rows'] }

/**
 * How long an export can be imported. A file could be imported twice, and tokens that the first instance
 * revokes later would stay valid in the second.
 */
export const maxExportAgeMs = 60 * 60_000

/**
 * Imports an exported instance into a database without one, in one transaction. Nothing could be revoked
 * since the export, so the timeline continues: valid tokens stay valid, and revoked ones stay revoked.
 */
export async function importInstance(
  outside: Outside,
  { file, by, onProgress }: { file: string; by: By; onProgress?: OnRows },
): Promise<Imported> {
  const { db, clock, random } = outside
  const { head, end: checked } = await checkBackup(file)
  const total = rowsIn(checked)
  const { moved } = head
  if (!moved) throw notAnExport(file)
  assertRecent(file, clock.now() - head.made_at)
  return db.exclusively(async (query) => {
    const inside = within(db, query)
    await assertUnused(inside)
    const end = await load(inside, { file, head, total, clock, onProgress })
    const keys = await openFileKeys(outside, { db: inside, file, end })
    await setTimeline(query, { timeline: moved.timeline, notBefore: moved.not_before })
    await recordEvent(
      query,
      { keys, clock, random },
      {
        event: 'database.imported',
        by,
        target: { kind: 'none' },
        details: { file, made_at: rfc3339(head.made_at), release: head.release },
      },
    )
    return { head, rows: end.rows }
  })
}

function assertRecent(file: string, ageMs: number): void {
  if (ageMs > maxExportAgeMs)
    throw new BackupError(
      'too_old',
      `${file} was made more than an hour ago. If it was already imported elsewhere, tokens may have been ` +
        `revoked since. Use \`sigil restore ${file}\`, which signs everyone out.`,
    )
  if (ageMs < -maxSkewMs)
    throw new BackupError(
      'clock_wrong',
      `${file} is from the future by the clock of this machine. Synchronize both clocks with NTP and ` +
        'run this again.',
    )
}

/** Keys are created first, so that a database without keys was never used. */
async function assertUnused(db: Db): Promise<void> {
  const before = await ownTables(db)
  await assertOwnTables(db, before)
  if (before.includes('keys') && !(await isWithoutKeys(db.query))) throw instanceHere()
}

function notAnExport(file: string): BackupError {
  return new BackupError(
    'not_an_export',
    `${file} is a backup, and tokens may have been revoked after it was made. Use \`sigil restore ` +
      `${file}\`, which signs everyone out.`,
  )
}
