import type { By } from '#src/audit/by.ts'
import { moveAway, prepareToMove, whenMoved } from '#src/audit/moved.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import type { Backup } from '#src/backup/back-up.ts'
import { BackupProblem } from '#src/backup/backup-problem.ts'
import { dump } from '#src/backup/dump.ts'
import type { Outside } from '#src/backup/file-keys.ts'
import { ownTables } from '#src/backup/load.ts'
import { LineWriter, writeNewFile } from '#src/backup/new-file.ts'
import { refuseForeign, serverRunning } from '#src/backup/refuse-occupied.ts'
import { isWithoutKeys, type KeyRing, openKeyRing } from '#src/keys/key-ring.ts'
import { dismissSilent, silentLeaseholders } from '#src/revocations/lease/silent-leaseholders.ts'
import { timelineToCarry } from '#src/revocations/log/carry-timeline.ts'
import { migrate } from '#src/store/migrate.ts'
import { migrations } from '#src/store/migrations/all.ts'
import { within } from '#src/store/within.ts'

type Wish = { readonly file: string; readonly release: string; readonly by: By }

/**
 * Writes the whole instance into a new file and lets nothing happen in this database any more, in one
 * transaction: so nothing is in the one that is not in the other. What was written is on the disk before the
 * commit, and has its name only after it. After a crash in between there is a database that is shut and no
 * file; whoever exports again gets the file, with the time that it had.
 */
export async function exportInstance(outside: Outside, { file, release, by }: Wish): Promise<Backup> {
  const { db, clock, random } = outside
  const before = await ownTables(db)
  if (before.length === 0) throw nothingHere()
  await refuseForeign(db, before)
  // From here on no verifier that hangs on a node that is gone has a lease either.
  const silent = before.includes('leaseholders') ? await silentLeaseholders(db.query, clock) : []
  if (!silent) throw serverRunning()
  return writeNewFile(file, random, async (draft) => {
    await migrate(db, clock, migrations)
    const keys = await openKeys(outside)
    // The engine may run this again, and then the file begins anew.
    return db.exclusively(async (query) => {
      await prepareToMove(query)
      const moved = await whenMoved(within(db, query))
      const madeAt = moved ?? clock.now()
      if (moved === undefined) {
        await recordEvent(
          query,
          { keys, clock, random },
          { event: 'database.exported', by, target: { kind: 'none' }, details: { file } },
        )
        if (!(await dismissSilent(query, silent))) throw serverRunning()
        await moveAway(query, madeAt)
      }
      const { timeline, notBefore } = await timelineToCarry(query)
      const about = { release, made_at: madeAt, moved: { timeline, not_before: notBefore } }
      const dumped = await dump(within(db, query), { keys, about, to: new LineWriter(draft) })
      await draft.sync()
      return { ...dumped, madeAt }
    })
  })
}

async function openKeys({ db, clock, random, masterKeyFor }: Outside): Promise<KeyRing> {
  if (await db.transaction(isWithoutKeys)) throw nothingHere()
  return openKeyRing({ db, clock, random, masterKey: await masterKeyFor(db) })
}

function nothingHere(): BackupProblem {
  return new BackupProblem(
    'nothing_here',
    'There is no instance in this database. Name the one to export in SIGIL_DATA_DIR or SIGIL_DATABASE_URL.',
  )
}
