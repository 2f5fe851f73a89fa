import type { Instant } from '#src/platform/clock.ts'
import type { FailureCode } from '#src/platform/operator-error.ts'
import type { DatabaseServer } from '#src/settings/database-url.ts'
import type { PerDialect, Sql } from '#src/store/sql.ts'

export type Dialect = 'sqlite' | 'postgres'

export type Row = Record<string, unknown>

/** Runs one statement and returns its rows (those of `returning`, for a write). */
export type Query = (statement: Sql | PerDialect) => Promise<Row[]>

/** A database: SQLite or PostgreSQL. */
export type Db = {
  readonly dialect: Dialect
  /** Runs one statement on its own. A write is durable when the promise resolves. */
  query: Query
  /**
   * Runs `work` in a transaction. Inside, await nothing but `query`. Return the outcome and throw after the
   * commit, because a throw inside rolls everything back. `work` runs again after a deadlock. Once a
   * statement has failed, the transaction fails, even if `work` catches the error. Statements run in the
   * order in which they are sent, and the commit waits for all of them. A statement whose result is not
   * needed does not have to be awaited (`sendAlong`), which saves a round trip on PostgreSQL.
   */
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T>
  /** A transaction that may take long, one at a time across all processes: a migration. */
  exclusively<T>(work: (query: Query) => Promise<T>): Promise<T>
  /** Reads one snapshot of the database for as long as it takes, while others write: for a backup. */
  snapshot<T>(work: (query: Query) => Promise<T>): Promise<T>
  /**
   * Like `query`, for statements whose result is useless after `limitMs`: after that the statement fails and
   * its connection is closed. It may have run, or may still run later.
   */
  urgent(limitMs: number): Query
  close(): Promise<void>
  /** The latest time during which this process could not reach the database, if it measures that. */
  readonly lastOutage?: () => Outage | undefined
}

/** Without an end, it lasts. */
export type Outage = { readonly from: Instant; readonly until: Instant | undefined }

/** The database is unavailable. Callers may retry: over HTTP this is a 503. */
export class DatabaseAway extends Error {
  override name = 'DatabaseAway'
}

/** A server that accepts no writes, such as a standby. */
export class ReadOnlyDatabase extends DatabaseAway {
  override name = 'ReadOnlyDatabase'
}

/** None of the several servers that the URL names can be used, each for its own reason. */
export class NoServer extends DatabaseAway {
  override name = 'NoServer'
  readonly failures: readonly ServerFailure[]

  constructor(failures: readonly ServerFailure[]) {
    super('No database server is available.', { cause: failures.at(-1)?.error })
    this.failures = failures
  }
}

export type ServerFailure = { readonly server: DatabaseServer; readonly error: DatabaseAway }

/**
 * COMMIT was sent and no response arrived. It may or may not have been committed, so nothing in memory is
 * reliable.
 */
export class CommitUnknown extends DatabaseAway {
  override name = 'CommitUnknown'
}

/** Another process has the embedded database open. Each keeps state in memory that the other cannot see. */
export class DatabaseInUse extends Error {
  override name = 'DatabaseInUse'

  constructor(file: string, options?: ErrorOptions) {
    super(
      `Another process has ${file} open, and only one can.\n` +
        `Stop that process first: \`fuser ${file}.lock\` shows which it is.\n` +
        'Several servers can share a database only with PostgreSQL: set SIGIL_DATABASE_URL.',
      options,
    )
  }

  get failureCode(): FailureCode {
    return 'database_in_use'
  }
}

/** PostgreSQL is configured to acknowledge writes that a power failure can still undo. */
export class NotDurable extends Error {
  override name = 'NotDurable'

  constructor(setting: string) {
    super(
      `PostgreSQL runs with synchronous_commit = ${setting} for this user and database, so a power cut or ` +
        'a failover could bring ended sessions back to life. Set it to on, or to remote_apply.',
    )
  }

  get failureCode(): FailureCode {
    return 'not_durable'
  }
}

/**
 * Thrown inside a transaction whose statements were sent before deciding whether to make the change: they are
 * rolled back, and this is not a failure.
 */
export class Undone extends Error {
  override name = 'Undone'
}

/** A unique constraint was violated: another call was first. */
export class Duplicate extends Error {
  override name = 'Duplicate'
}

/** A foreign key was violated: the referenced row does not exist, or a deleted row is still referenced. */
export class BrokenReference extends Error {
  override name = 'BrokenReference'
}
