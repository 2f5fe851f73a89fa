import type { By } from '#src/audit/by.ts'
import { moveAway, prepareToMove, whenMoved } from '#src/audit/moved.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import type { Backup } from '#src/backup/back-up.ts'
import { BackupError } from '#src/backup/backup-error.ts'
import { dump, type OnRows } from '#src/backup/dump.ts'
import type { Outside } from '#src/backup/file-keys.ts'
import { ownTables } from '#src/backup/load.ts'
import { LineWriter, writeNewFile } from '#src/backup/new-file.ts'
import { assertOwnTables, serverRunning } from '#src/backup/occupied.ts'
import { isWithoutKeys, type KeyRing, openKeyRing } from '#src/keys/key-ring.ts'
import { dismissSilent, silentLeaseholders } from '#src/revocations/lease/silent-leaseholders.ts'
import { timelineOf } from '#src/revocations/log/timeline.sql.ts'
import { migrate } from '#src/store/migrate.ts'
import { migrations } from '#src/store/migrations/all.ts'
import { within } from '#src/store/within.ts'

type Request = {
  readonly file: string
  readonly release: string
  readonly by: By
  readonly onProgress?: OnRows
}

/**
 * Writes the whole instance to a new file and closes this database, in one transaction, so that the file
 * misses no change. The file is on the disk before the commit and gets its name after it. A crash in between
 * leaves a closed database without a file; another export then writes the same file, with the same time.
 */
export async function exportInstance(outside: Outside, request: Request): Promise<Backup> {
  const { file, release, by, onProgress } = request
  const { db, clock, random } = outside
  const before = await ownTables(db)
  if (before.length === 0) throw nothingHere()
  await assertOwnTables(db, before)
  // If the leases of all nodes have expired, so have those of the verifiers that poll them.
  const silent = before.includes('leaseholders') ? await silentLeaseholders(db.query, clock) : []
  if (!silent) throw serverRunning()
  return writeNewFile(file, random, async (draft) => {
    await migrate(db, clock, migrations)
    const keys = await openKeys(outside)
    // The engine may run this again; the file is then written from its start.
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
      const { timeline, notBefore } = await timelineOf(query)
      const about = { release, made_at: madeAt, moved: { timeline, not_before: notBefore } }
      const dumped = await dump(within(db, query), { keys, about, to: new LineWriter(draft), onProgress })
      await draft.sync()
      return { ...dumped, madeAt }
    })
  })
}

async function openKeys({ db, clock, random, masterKeyFor }: Outside): Promise<KeyRing> {
  if (await db.transaction(isWithoutKeys)) throw nothingHere()
  return openKeyRing({ db, clock, random, masterKey: await masterKeyFor(db) })
}

function nothingHere(): BackupError {
  return new BackupError(
    'nothing_here',
    'This database has no instance. Set SIGIL_DATA_DIR or SIGIL_DATABASE_URL to the one to export.',
  )
}
