import { isServed } from '#src/cli/control-client.ts'
import { placeOf, reasonOf } from '#src/cli/failures.ts'
import { lockPatienceMs, openPatiently } from '#src/cli/open-patiently.ts'
import { systemClock } from '#src/platform/clock.ts'
import type { Settings } from '#src/settings/settings.ts'
import { DatabaseAway, DatabaseInUse, type Db } from '#src/store/db.ts'
import { openStore } from '#src/store/open.ts'
import type { Log } from '#src/telemetry/log.ts'

/** Everything is started at once when a machine boots, and PostgreSQL is seldom the first to be ready. */
export const databasePatienceMs = 30_000

const everyMs = 500
const saidEveryMs = 5000

/** Opens the database for a server, which waits a little for one that is not there yet or not free yet. */
export function openWhenReady(settings: Settings, log: Log): Promise<Db> {
  const mayPass = patienceOf(settings, log)
  return openPatiently(() => openStore(settings), { clock: systemClock, everyMs, mayPass })
}

/** A fault that has waited so long: is it worth another try? Says now and then what is waited for. */
export function patienceOf({ dataDir, databaseUrl }: Pick<Settings, 'dataDir' | 'databaseUrl'>, log: Log) {
  let saidAt = Number.NEGATIVE_INFINITY
  return async (error: unknown, waitedMs: number): Promise<boolean> => {
    if (error instanceof DatabaseInUse) return waitedMs < lockPatienceMs && !(await isServed(dataDir))
    const isAway = error instanceof DatabaseAway && databaseUrl !== undefined
    if (!isAway || waitedMs >= databasePatienceMs) return false
    if (waitedMs - saidAt >= saidEveryMs) {
      saidAt = waitedMs
      const about = {
        database: placeOf(databaseUrl),
        reason: reasonOf(error),
        waited_ms: Math.round(waitedMs),
      }
      log.warn(about, 'PostgreSQL cannot be reached yet; it is tried again')
    }
    return true
  }
}
