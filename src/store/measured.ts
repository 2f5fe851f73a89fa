import { AppError } from '#src/errors/errors.ts'
import type { Clock } from '#src/platform/clock.ts'
import { BrokenReference, CommitUnknown, DatabaseAway, type Db, Duplicate } from '#src/store/db.ts'
import type { Metrics } from '#src/telemetry/metrics.ts'

/** The same database, its times and failures counted, but for migrations and backups: these take long. */
export function measured(db: Db, { clock, metrics }: { clock: Clock; metrics: Metrics }): Db {
  const engine = db.dialect
  const time = async <T>(kind: 'query' | 'transaction', act: () => Promise<T>): Promise<T> => {
    const began = clock.monotonic()
    try {
      return await act()
    } catch (error) {
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
  }
}

/** A refusal is the word of whoever works in the transaction, and a constraint's no is an answer. */
function errorKind(error: unknown): 'away' | 'commit_unknown' | 'failed' | undefined {
  if (error instanceof CommitUnknown) return 'commit_unknown'
  if (error instanceof DatabaseAway) return 'away'
  const isAnswer = [AppError, Duplicate, BrokenReference].some((kind) => error instanceof kind)
  return isAnswer ? undefined : 'failed'
}
