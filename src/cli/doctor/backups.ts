import { folderProblem } from '#src/backup/folder-problem.ts'
import { lastScheduledBackup } from '#src/backup/scheduled.sql.ts'
import { type Finding, ok, warning, wrong } from '#src/cli/doctor/finding.ts'
import { type Clock, rfc3339 } from '#src/platform/clock.ts'
import type { Settings } from '#src/settings/settings.ts'
import type { Db } from '#src/store/db.ts'

const check = 'backups'

/** Scheduled backups: whether the folder can be written to, and whether the last one is recent. */
export async function backupFindings(db: Db, clock: Clock, settings: Settings): Promise<Finding[]> {
  const { backupDir, backupEveryMs } = settings
  if (backupDir === undefined) return []
  const problem = folderProblem(backupDir)
  if (problem !== undefined) {
    return [
      wrong(
        check,
        `${backupDir} ${problem}`,
        'Create the folder of SIGIL_BACKUP_DIR, or let the server write to it.',
      ),
    ]
  }
  const last = await lastScheduledBackup(db.query)
  if (last === undefined) {
    const advice = 'A running server makes the first one within minutes; if not, its log has the reason.'
    return [warning(check, 'There is no scheduled backup yet.', advice)]
  }
  const message = `The last scheduled backup shows the database of ${rfc3339(last)}.`
  if (clock.now() - last <= 2 * backupEveryMs) return [ok(check, message)]
  return [wrong(check, message, 'The log of the server has the reason why there is none since.')]
}
