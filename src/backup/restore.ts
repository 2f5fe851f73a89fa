import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { type End, type Head, macText } from '#src/backup/backup-lines.ts'
import { BackupProblem } from '#src/backup/backup-problem.ts'
import { load, ownTables } from '#src/backup/load.ts'
import { checkBackup, damaged } from '#src/backup/read-backup.ts'
import { type Instant, rfc3339, sleep } from '#src/clock.ts'
import { macOf, openKeyRing } from '#src/keys/key-ring.ts'
import type { MasterKey } from '#src/keys/master-key.ts'
import { beginTimeline } from '#src/revocations/begin-timeline.ts'
import { areHoldersSilent, silentHolders } from '#src/revocations/silent-holders.ts'
import { endEverybodysSessions } from '#src/sessions/end-everybody.ts'
import type { Db } from '#src/store/db.ts'
import { migrationStatus, NewerSchema } from '#src/store/migrate.ts'
import { migrations } from '#src/store/migrations/all.ts'
import { within } from '#src/store/within.ts'
import type { World } from '#src/world.ts'

export type Restored = {
  readonly head: Head
  readonly rows: Readonly<Record<string, number>>
  readonly sessionsEnded: number
  readonly floor: Instant
}

type Outside = Pick<World, 'db' | 'clock' | 'random'> & {
  /** The key that opens the keys of a database, which may be the one that a transaction sees. */
  readonly masterKeyFor: (db: Db) => Promise<MasterKey>
}

type Wish = { readonly file: string; readonly isReplacing: boolean; readonly by: By }

/**
 * Puts the database of a backup in the place of the one that is there, in one transaction: after a crash it
 * is wholly the one or wholly the other. A backup does not know what was revoked after it, so it comes back
 * on a new timeline: whatever was issued until now is dead everywhere, and every session has ended.
 */
export async function restore(outside: Outside, { file, isReplacing, by }: Wish): Promise<Restored> {
  const { db, clock } = outside
  const { head } = await checkBackup(file)
  refuseNewer(file, head)
  const before = await ownTables(db)
  if (before.length > 0) await refuseUnlessReplaceable(db, before, isReplacing)
  // Whoever held a lease on what goes away now must not accept anything any more.
  const silent = before.includes('holders') ? await silentHolders(db.query, clock) : []
  if (!silent) throw running()
  const restored = await db.exclusively(async (query) => {
    if (before.includes('holders') && !(await areHoldersSilent(query, silent))) throw running()
    const end = await load(within(db, query), { file, head, clock })
    return finish(outside, within(db, query), { file, head, end, by })
  })
  await sleep(clock, Math.max(0, restored.floor - clock.now()))
  return restored
}

type Loaded = { file: string; head: Head; end: End; by: By }

async function finish(outside: Outside, db: Db, { file, head, end, by }: Loaded): Promise<Restored> {
  const { clock, random, masterKeyFor } = outside
  const { query } = db
  const keys = await openKeyRing({ db, clock, random, masterKey: await masterKeyFor(db) })
  const key = keys.macKeyById(end.key_id)
  const isOurs = key !== undefined && macOf(key, macText(end.sha256)) === end.mac
  if (!isOurs) throw damaged(file, 'somebody without the master key has changed it')
  const sessionsEnded = await endEverybodysSessions(query, clock.now())
  const { floor } = await beginTimeline(query, { clock, random })
  await recordEvent(
    query,
    { keys, clock },
    {
      event: 'database.restored',
      by,
      target: { kind: 'none' },
      details: { file, made_at: rfc3339(head.made_at), release: head.release, sessions_ended: sessionsEnded },
    },
  )
  return { head, rows: end.rows, sessionsEnded, floor }
}

function refuseNewer(file: string, { migrations: theirs, release }: Head): void {
  const unknown = theirs.filter((id) => !migrations.some((migration) => migration.id === id))
  if (unknown.length === 0) return
  throw new BackupProblem(
    'backup_newer',
    `${file} was made by a newer release (${release}), whose migrations this one does not know: ` +
      `${unknown.join(', ')}. Restore it with that release.`,
  )
}

async function refuseUnlessReplaceable(
  db: Db,
  before: readonly string[],
  isReplacing: boolean,
): Promise<void> {
  const emptyOne = 'Give an empty database: another SIGIL_DATABASE_URL, or another SIGIL_DATA_DIR.'
  if (!before.includes('schema_migrations'))
    throw notEmpty(
      `Another program has tables here that are called like ours: ${before.join(', ')}. ${emptyOne}`,
    )
  if (!isReplacing)
    throw notEmpty(
      'There is a database here already. Back it up, and give --replace to put this one in its place.',
    )
  await migrationStatus(db, migrations).catch((fault) => {
    // Tables that this release does not know would stay, and point to rows that are gone.
    throw fault instanceof NewerSchema
      ? notEmpty(`A newer release has used this database. ${emptyOne}`)
      : fault
  })
}

function notEmpty(message: string): BackupProblem {
  return new BackupProblem('not_empty', message)
}

function running(): BackupProblem {
  return new BackupProblem(
    'server_running',
    'A server runs on this database. Stop every node, and run this again.',
  )
}
