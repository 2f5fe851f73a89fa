import { AppError } from '#src/errors/errors.ts'
import type { Clock, Instant } from '#src/platform/clock.ts'
import {
  BrokenReference,
  CommitUnknown,
  DatabaseAway,
  type Db,
  Duplicate,
  type Outage,
  Undone,
} from '#src/store/db.ts'
import type { Metrics } from '#src/telemetry/metrics.ts'

/**
 * Adds metrics of durations and failures to a database, except for migrations and backups, which take long.
 */
export function measured(db: Db, { clock, metrics }: { clock: Clock; metrics: Metrics }): Db {
  const engine = db.dialect
  let outage: Outage | undefined
  const noteAway = (from: Instant) => {
    if (!outage || outage.until !== undefined) outage = { from, until: undefined }
  }
  const noteReached = () => {
    if (outage && outage.until === undefined) outage = { ...outage, until: clock.now() }
  }
  const time = async <T>(kind: 'query' | 'transaction', act: () => Promise<T>): Promise<T> => {
    const began = clock.monotonic()
    const beganAt = clock.now()
    try {
      const result = await act()
      noteReached()
      return result
    } catch (error) {
      if (error instanceof DatabaseAway) noteAway(beganAt)
      const kind = errorKind(error)
      if (kind) metrics.count('sigil_database_errors_total', { error: kind })
      throw error
    } finally {
      metrics.observe('sigil_database_seconds', { engine, kind }, (clock.monotonic() - began) / 1000)
    }
  }
  return {
    dialect: engine,
    query: (statement) => time('query', () => db.query(statement)),
    transaction: (work) => time('transaction', () => db.transaction(work)),
    exclusively: (work) => db.exclusively(work),
    snapshot: (work) => db.snapshot(work),
    urgent(limitMs) {
      const query = db.urgent(limitMs)
      return (statement) => time('query', () => query(statement))
    },
    close: () => db.close(),
    lastOutage: () => outage,
  }
}

/** Errors for the caller and violated constraints are results, not failures of the database. */
function errorKind(error: unknown): 'away' | 'commit_unknown' | 'failed' | undefined {
  if (error instanceof CommitUnknown) return 'commit_unknown'
  if (error instanceof DatabaseAway) return 'away'
  const isResult = [AppError, Duplicate, BrokenReference, Undone].some((kind) => error instanceof kind)
  return isResult ? undefined : 'failed'
}
