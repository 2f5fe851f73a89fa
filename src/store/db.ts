import type { CommandFailure } from '#src/platform/operator-error.ts'
import type { PerDialect, Sql } from '#src/store/sql.ts'

export type Dialect = 'sqlite' | 'postgres'

export type Row = Record<string, unknown>

/** Runs one statement and gives its rows (those of `returning`, for a write). */
export type Query = (statement: Sql | PerDialect) => Promise<Row[]>

/** A database, whichever of the two it is. */
export type Db = {
  readonly dialect: Dialect
  /** One statement on its own, durable when it is answered. */
  query: Query
  /**
   * All or nothing. Inside, await nothing but the given `query`; return what was decided and refuse after the
   * commit, for a throw undoes everything. `work` may run again when the engine broke a deadlock. A statement
   * that failed has doomed the transaction, even when `work` catches the error. Statements are done in the
   * order in which they are sent, and the commit waits for all of them: an answer that decides nothing need
   * not be awaited (`sendAlong`), and on PostgreSQL saves the way there and back.
   */
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T>
  /** A transaction that is alone of its kind, over every process, and may take long: a migration. */
  exclusively<T>(work: (query: Query) => Promise<T>): Promise<T>
  /** Reads one moment of the database for as long as it takes, beside whoever writes meanwhile: a backup. */
  snapshot<T>(work: (query: Query) => Promise<T>): Promise<T>
  /**
   * The same as `query`, for statements whose answer is of no use after `limitMs`: then each is given up, and
   * the connection that it went over is closed. It may have been done, and may yet be done later.
   */
  urgent(limitMs: number): Query
  close(): Promise<void>
}

/** The database does not answer. A fault that callers may retry: the HTTP side says 503. */
export class DatabaseAway extends Error {
  override name = 'DatabaseAway'
}

/**
 * COMMIT was sent and no answer came: it may or may not have happened, so nothing in memory may be trusted.
 */
export class CommitUnknown extends DatabaseAway {
  override name = 'CommitUnknown'
}

/** Another process has the embedded database open. It would not see this one's memory, nor this one its. */
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

  get commandFailure(): CommandFailure {
    return { code: 'database_in_use', exit: 'failed' }
  }
}

/** PostgreSQL would acknowledge writes that a power cut can still undo. */
export class NotDurable extends Error {
  override name = 'NotDurable'

  constructor(setting: string) {
    super(
      `PostgreSQL runs with synchronous_commit = ${setting} for this user and database, so a power cut or ` +
        'a failover could bring ended sessions back to life. Set it to on, or to remote_apply.',
    )
  }

  get commandFailure(): CommandFailure {
    return { code: 'not_durable', exit: 'configuration' }
  }
}

/** A unique constraint said no: somebody else was first. */
export class Duplicate extends Error {
  override name = 'Duplicate'
}

/** A foreign key said no: what is named is not there, or what shall go is named by something else. */
export class BrokenReference extends Error {
  override name = 'BrokenReference'
}
