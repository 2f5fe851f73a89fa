import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import type { End, Head } from '#src/backup/backup-lines.ts'
import { type Outside, openFileKeys } from '#src/backup/file-keys.ts'
import { load, ownTables } from '#src/backup/load.ts'
import { checkBackup } from '#src/backup/read-backup.ts'
import { notEmpty, refuseForeign, serverRunning } from '#src/backup/refuse-occupied.ts'
import { type Instant, rfc3339, sleep } from '#src/platform/clock.ts'
import { areLeaseholdersSilent, silentLeaseholders } from '#src/revocations/lease/silent-leaseholders.ts'
import { beginTimeline } from '#src/revocations/log/begin-timeline.ts'
import { endEverybodysSessions } from '#src/sessions/end-everybody.ts'
import type { Db } from '#src/store/db.ts'
import { within } from '#src/store/within.ts'

export type Restored = {
  readonly head: Head
  readonly rows: Readonly<Record<string, number>>
  readonly sessionsEnded: number
  readonly notBefore: Instant
}

type Wish = { readonly file: string; readonly isReplacing: boolean; readonly by: By }

/**
 * Puts the database of a backup in the place of the one that is there, in one transaction: after a crash it
 * is wholly the one or wholly the other. A backup does not know what was revoked after it, so it comes back
 * on a new timeline: whatever was issued until now is dead everywhere, and every session has ended. So it is
 * with an export, of which nobody can tell any more whether it was imported somewhere.
 */
export async function restore(outside: Outside, { file, isReplacing, by }: Wish): Promise<Restored> {
  const { db, clock } = outside
  const { head } = await checkBackup(file)
  const before = await ownTables(db)
  await refuseForeign(db, before)
  if (before.length > 0 && !isReplacing)
    throw notEmpty(
      'There is a database here already. Back it up, and give --replace to put this one in its place.',
    )
  // Whoever held a lease on what goes away now must not accept anything any more.
  const silent = before.includes('leaseholders') ? await silentLeaseholders(db.query, clock) : []
  if (!silent) throw serverRunning()
  const restored = await db.exclusively(async (query) => {
    if (before.includes('leaseholders') && !(await areLeaseholdersSilent(query, silent)))
      throw serverRunning()
    const end = await load(within(db, query), { file, head, clock })
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
  const sessionsEnded = await endEverybodysSessions(query, clock.now())
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
