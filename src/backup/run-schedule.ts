import { join } from 'node:path'
import { bySystem } from '#src/audit/by.ts'
import { backUp } from '#src/backup/back-up.ts'
import { folderProblem } from '#src/backup/folder-problem.ts'
import { backupName, deleteOldBackups } from '#src/backup/kept-backups.ts'
import { backupDue, backupSucceeded, claimBackup, lastScheduledBackup } from '#src/backup/scheduled.sql.ts'
import { version } from '#src/platform/version.ts'
import { ending } from '#src/world/ending.ts'
import type { World } from '#src/world/world.ts'

const checkEveryMs = 60_000
const retryMs = 10 * 60_000
/** When another node may begin, because the one that claimed the backup must have stopped. */
const maxBackupMs = 6 * 60 * 60_000

export type Schedule = { stop(): Promise<void> }

/**
 * Makes a backup whenever one is due, on one of the nodes that have a folder for it, until it is stopped. A
 * backup in progress then ends without a file.
 */
export function runSchedule(world: World): Schedule {
  const { clock, db, log, metrics } = world
  const folder = world.settings.backupDir
  if (folder === undefined) return { stop: async () => {} }
  const problem = folderProblem(folder)
  if (problem !== undefined) log.warn({ advice }, `The backup folder ${folder} ${problem}`)
  let lastAt: number | undefined
  metrics.read('sigil_backup_last_success_timestamp_seconds', {}, () => (lastAt ?? 0) / 1000)
  let isStopped = false
  let cancel = () => {}
  let running = Promise.resolve()
  const check = async () => {
    try {
      await makeDueBackup(world, folder)
      lastAt = await lastScheduledBackup(db.query)
    } catch (error) {
      log.warn({ error }, 'Could not check whether a backup is due; retrying in a minute')
    }
    if (!isStopped) cancel = clock.after(checkEveryMs, begin)
  }
  const begin = () => {
    running = check()
  }
  cancel = clock.after(checkEveryMs, begin)
  return {
    stop() {
      isStopped = true
      cancel()
      return running
    },
  }
}

/** One check. Returns the file if this node made a backup. */
export async function makeDueBackup(world: World, folder: string): Promise<string | undefined> {
  const { clock, db, log, metrics, settings } = world
  const startedAt = clock.now()
  if (!(await claimBackup(db.query, startedAt, startedAt + maxBackupMs))) return undefined
  const file = join(folder, backupName(startedAt))
  const { signal } = ending(world)
  try {
    const { bytes, madeAt } = await backUp(world, { file, release: version(), by: bySystem, signal })
    await backupSucceeded(db.query, madeAt, startedAt + settings.backupEveryMs)
    metrics.count('sigil_backups_total', { outcome: 'succeeded' })
    log.info({ file, bytes, duration_ms: clock.now() - startedAt }, 'Scheduled backup made')
  } catch (error) {
    // A node that stops leaves the backup to the others, and to its own next start.
    await backupDue(db.query, signal.aborted ? startedAt : clock.now() + retryMs)
    if (signal.aborted) return undefined
    metrics.count('sigil_backups_total', { outcome: 'failed' })
    log.error({ folder, error, advice }, 'Scheduled backup failed; retrying in 10 minutes')
    return undefined
  }
  await deleteOld(world, folder)
  return file
}

const advice =
  'SIGIL_BACKUP_DIR must name an existing folder that the server may write to, with enough space.'

/** The backup has succeeded, whatever happens here. */
async function deleteOld({ clock, log, settings }: World, folder: string): Promise<void> {
  try {
    await deleteOldBackups(folder, settings.backupKeep, clock.now())
  } catch (error) {
    log.warn({ folder, error }, 'Old backups in SIGIL_BACKUP_DIR could not be deleted')
  }
}
