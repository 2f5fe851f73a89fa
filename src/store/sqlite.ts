import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { DatabaseAway, type Db, type Query, type Row } from '#src/store/db.ts'
import { toDbError } from '#src/store/sqlite-errors.ts'
import { createPrivately, refuseReadOnly } from '#src/store/sqlite-files.ts'
import { holdLock } from '#src/store/sqlite-lock.ts'
import { queuedWriter } from '#src/store/sqlite-writer.ts'
import { forDialect, isRead, refuseUnstorable, textOf } from '#src/store/statement.ts'
import { refuseInsideWork, runWork } from '#src/store/work.ts'

/** Only somebody's own sqlite3 shell can make us wait, and waiting holds the event loop: so not for long. */
const busyTimeoutMs = 1000

/**
 * The embedded database: one writer that shares its commits, and one reader that sees only what is committed.
 */
export async function openSqlite({ file }: { file: string }): Promise<Db> {
  createPrivately(file)
  refuseReadOnly(file)
  const lock = holdLock(file)
  const { writer, reader } = openBoth(file, lock.release)
  const write = queuedWriter(writer, prepared(writer))
  const read = prepared(reader)
  let closing: Promise<void> | undefined

  function admit(): void {
    refuseInsideWork()
    if (closing) throw new DatabaseAway('The database has been closed.')
  }

  async function finish(): Promise<void> {
    // Works are done in order: when this empty one is, so are all before it.
    await write(async () => {}).catch(() => {})
    reader.close()
    writer.close()
    lock.release()
  }

  async function transaction<T>(work: (query: Query) => Promise<T>): Promise<T> {
    admit()
    return write(work)
  }

  const query: Query = async (statement) => {
    admit()
    if (isRead(forDialect('sqlite', statement))) return read(statement)
    return write((query) => query(statement))
  }

  return {
    dialect: 'sqlite',
    query,
    transaction,
    // There is one writer and one process: every transaction is alone.
    exclusively: transaction,
    async snapshot(work) {
      admit()
      return readMoment(file, work)
    },
    // Nothing lies between that could fall silent.
    urgent: () => query,
    close() {
      closing ??= finish()
      return closing
    },
  }
}

function openBoth(file: string, release: () => void): { writer: DatabaseSync; reader: DatabaseSync } {
  const opened: DatabaseSync[] = []
  try {
    const writer = new DatabaseSync(file, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true })
    opened.push(writer)
    // FULL waits for the disk at every commit, also in WAL mode; the limit gives the log's space back after a
    // burst.
    writer.exec('pragma journal_mode = wal; pragma synchronous = full; pragma journal_size_limit = 67108864')
    const reader = new DatabaseSync(file, { timeout: busyTimeoutMs, readOnly: true })
    opened.push(reader)
    return { writer, reader }
  } catch (error) {
    for (const connection of opened) connection.close()
    release()
    throw toDbError(error)
  }
}

/** A connection of its own: the moment that it sees stays while the writer goes on. */
async function readMoment<T>(file: string, work: (query: Query) => Promise<T>): Promise<T> {
  const connection = new DatabaseSync(file, { timeout: busyTimeoutMs, readOnly: true })
  try {
    connection.exec('begin')
    return await runWork(work, prepared(connection))
  } catch (error) {
    throw toDbError(error)
  } finally {
    connection.close()
  }
}

/** Each template is prepared once per connection, and found again by its identity. */
function prepared(connection: DatabaseSync) {
  const statements = new WeakMap<TemplateStringsArray, StatementSync>()
  return (sent: Parameters<Query>[0]): Row[] => {
    const statement = forDialect('sqlite', sent)
    refuseUnstorable(statement)
    try {
      let ready = statements.get(statement.strings)
      if (!ready) {
        ready = connection.prepare(textOf(statement, () => '?'))
        statements.set(statement.strings, ready)
      }
      // Plain objects, as the other engine gives them: these have no prototype, and so are equal to nothing.
      return ready.all(...statement.values.map(toSqlite)).map((row) => ({ ...row }))
    } catch (error) {
      throw toDbError(error)
    }
  }
}

/** A number is bound as a float, which a text column would keep as '5.0'; a bigint is bound as an integer. */
function toSqlite(value: string | number | null): string | number | bigint | null {
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value
}
