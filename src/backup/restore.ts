import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import type { End, Head } from '#src/backup/backup-lines.ts'
import type { OnRows } from '#src/backup/dump.ts'
import { type Outside, openFileKeys } from '#src/backup/file-keys.ts'
import { load, ownTables } from '#src/backup/load.ts'
import { assertOwnTables, notEmpty, serverRunning } from '#src/backup/occupied.ts'
import { checkBackup, rowsIn } from '#src/backup/read-backup.ts'
import { type Instant, rfc3339, sleep } from '#src/platform/clock.ts'
import { areLeaseholdersSilent, silentLeaseholders } from '#src/revocations/lease/silent-leaseholders.ts'
import { beginTimeline } from '#src/revocations/log/begin-timeline.ts'
import { endLiveSessions } from '#src/sessions/end.sql.ts'
import { countLiveSessions } from '#src/sessions/sessions.sql.ts'
import type { Db } from '#src/store/db.ts'
import { within } from '#src/store/within.ts'

export type Restored = {
  readonly head: Head
  readonly rows: Readonly<Record<string, number>>
  readonly sessionsEnded: number
  readonly notBefore: Instant
}

type Request = {
  readonly file: string
  readonly isReplacing: boolean
  readonly by: By
  readonly onProgress?: OnRows
}

/**
 * Replaces the database with a backup, in one transaction: a crash leaves either the old or the new one. A
 * backup does not contain later revocations, so it begins a new timeline: everything issued until now is
 * revoked everywhere, and every session ends. The same applies to an export, which may have been imported
 * elsewhere.
 */
export async function restore(outside: Outside, request: Request): Promise<Restored> {
  const { file, isReplacing, by, onProgress } = request
  const { db, clock } = outside
  const { head, end: checked } = await checkBackup(file)
  const total = rowsIn(checked)
  const before = await ownTables(db)
  await assertOwnTables(db, before)
  if (before.length > 0 && !isReplacing)
    throw notEmpty('There is already a database here. Back it up, then use --replace to replace it.')
  // No leaseholder of the old database may still accept tokens.
  const silent = before.includes('leaseholders') ? await silentLeaseholders(db.query, clock) : []
  if (!silent) throw serverRunning()
  const restored = await db.exclusively(async (query) => {
    if (before.includes('leaseholders') && !(await areLeaseholdersSilent(query, silent)))
      throw serverRunning()
    const end = await load(within(db, query), { file, head, total, clock, onProgress })
    return finish(outside, within(db, query), { file, head, end, by })
  })
  await sleep(clock, Math.max(0, restored.notBefore - clock.now()))
  return restored
}

type Loaded = { file: string; head: Head; end: End; by: By }

async function finish(outside: Outside, db: Db, { file, head, end, by }: Loaded): Promise<Restored> {
  const { clock, random } = outside
  const { query } = db
  const keys = await openFileKeys(outside, { db, file, end })
  const sessionsEnded = await countLiveSessions(query, clock.now())
  await endLiveSessions(query, clock.now())
  const { notBefore } = await beginTimeline(query, { clock, random })
  await recordEvent(
    query,
    { keys, clock, random },
    {
      event: 'database.restored',
      by,
      target: { kind: 'none' },
      details: { file, made_at: rfc3339(head.made_at), release: head.release, sessions_ended: sessionsEnded },
    },
  )
  return { head, rows: end.rows, sessionsEnded, notBefore }
}
