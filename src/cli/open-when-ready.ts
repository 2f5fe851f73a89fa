import { isServed } from '#src/cli/control-client.ts'
import { isPermanent, locationOf, rootCauseOf } from '#src/cli/database-failures.ts'
import { maxLockWaitMs, openWithRetries } from '#src/cli/open-with-retries.ts'
import { systemClock } from '#src/platform/clock.ts'
import type { Settings } from '#src/settings/settings.ts'
import { DatabaseAway, DatabaseInUse, type Db } from '#src/store/db.ts'
import { openStore } from '#src/store/open.ts'
import type { Log } from '#src/telemetry/log.ts'

/** A booting machine starts everything at once, and PostgreSQL is rarely ready first. */
export const maxDatabaseWaitMs = 30_000

const everyMs = 500
const logEveryMs = 5000

/** Opens the database for a server. Waits for a limited time while it is not there yet or is locked. */
export function openWhenReady(settings: Settings, log: Log): Promise<Db> {
  const shouldRetry = retryPolicy(settings, log)
  return openWithRetries(() => openStore(settings), { clock: systemClock, everyMs, shouldRetry })
}

/** Decides whether to try again after an error, and logs what the server is waiting for. */
export function retryPolicy({ dataDir, databaseUrl }: Pick<Settings, 'dataDir' | 'databaseUrl'>, log: Log) {
  let loggedAt = Number.NEGATIVE_INFINITY
  return async (error: unknown, waitedMs: number): Promise<boolean> => {
    if (error instanceof DatabaseInUse) return waitedMs < maxLockWaitMs && !(await isServed(dataDir))
    const isAway = error instanceof DatabaseAway && databaseUrl !== undefined
    if (!isAway || isPermanent(error, databaseUrl) || waitedMs >= maxDatabaseWaitMs) return false
    if (waitedMs - loggedAt >= logEveryMs) {
      loggedAt = waitedMs
      const details = {
        database: locationOf(databaseUrl),
        reason: rootCauseOf(error),
        waited_ms: Math.round(waitedMs),
      }
      log.warn(details, 'PostgreSQL cannot be reached yet; retrying')
    }
    return true
  }
}
