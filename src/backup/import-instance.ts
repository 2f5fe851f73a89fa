import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import type { End, Head } from '#src/backup/backup-lines.ts'
import { BackupProblem } from '#src/backup/backup-problem.ts'
import { type Outside, openFileKeys } from '#src/backup/file-keys.ts'
import { load, ownTables } from '#src/backup/load.ts'
import { checkBackup } from '#src/backup/read-backup.ts'
import { instanceHere, refuseForeign } from '#src/backup/refuse-occupied.ts'
import { isWithoutKeys } from '#src/keys/key-ring.ts'
import { rfc3339 } from '#src/platform/clock.ts'
import { carryOn } from '#src/revocations/log/carry-timeline.ts'
import type { Db } from '#src/store/db.ts'
import { maxSkewMs } from '#src/store/examine.ts'
import { within } from '#src/store/within.ts'

export type Imported = { readonly head: Head; readonly rows: End['rows'] }

/**
 * A file can be carried to two places. After so long it is no move any more that is under way: where the file
 * was imported first, something may have been revoked since, of which nobody would know here.
 */
export const goodForMs = 60 * 60_000

/**
 * Goes on with an instance that was exported elsewhere, in one transaction, in a database that has none.
 * Nothing could be revoked there since, so the timeline stays the same: what was issued is still good, and
 * what was dead is dead.
 */
export async function importInstance(
  outside: Outside,
  { file, by }: { file: string; by: By },
): Promise<Imported> {
  const { db, clock, random } = outside
  const { head } = await checkBackup(file)
  const { moved } = head
  if (!moved) throw onlyABackup(file)
  refuseStale(file, clock.now() - head.made_at)
  return db.exclusively(async (query) => {
    const inside = within(db, query)
    await refuseUsed(inside)
    const end = await load(inside, { file, head, clock })
    const keys = await openFileKeys(outside, { db: inside, file, end })
    await carryOn(query, { timeline: moved.timeline, notBefore: moved.not_before })
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

function refuseStale(file: string, ageMs: number): void {
  if (ageMs > goodForMs)
    throw new BackupProblem(
      'too_old',
      `${file} was made more than an hour ago. Where it was imported first, something may have been ` +
        `revoked since. Use \`sigil restore ${file}\`, which signs everybody out.`,
    )
  if (ageMs < -maxSkewMs)
    throw new BackupProblem(
      'clock_wrong',
      `${file} was made in the future, by the clock of this machine. Let NTP set the clocks of both, and ` +
        'run this again.',
    )
}

/** Keys are made before anything else, so where there are none nobody ever was. */
async function refuseUsed(db: Db): Promise<void> {
  const before = await ownTables(db)
  await refuseForeign(db, before)
  if (before.includes('keys') && !(await isWithoutKeys(db.query))) throw instanceHere()
}

function onlyABackup(file: string): BackupProblem {
  return new BackupProblem(
    'not_an_export',
    `${file} is a backup, and something may have been revoked after it was made. Use \`sigil restore ` +
      `${file}\`, which signs everybody out.`,
  )
}
