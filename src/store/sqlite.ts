import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { DatabaseAway, type Db, type Query, type Row } from '#src/store/db.ts'
import { toDbError } from '#src/store/sqlite-errors.ts'
import { assertWritable, createPrivately } from '#src/store/sqlite-files.ts'
import { holdLock } from '#src/store/sqlite-lock.ts'
import { queuedWriter } from '#src/store/sqlite-writer.ts'
import { assertStorable, forDialect, isRead, textOf, valuesOf } from '#src/store/statement.ts'
import { assertOutsideWork, runWork } from '#src/store/work.ts'

/** Only a manual sqlite3 shell can make us wait, and waiting blocks the event loop, so not for long. */
const busyTimeoutMs = 1000

/** The embedded database: one writer whose works share commits, and one reader of committed data. */
export async function openSqlite({ file }: { file: string }): Promise<Db> {
  createPrivately(file)
  assertWritable(file)
  const lock = holdLock(file)
  const { writer, reader } = openBoth(file, lock.release)
  const write = queuedWriter(writer, prepared(writer))
  const read = prepared(reader)
  let closing: Promise<void> | undefined

  function admit(): void {
    assertOutsideWork()
    if (closing) throw new DatabaseAway('The database has been closed.')
  }

  async function finish(): Promise<void> {
    // Works run in order, so when this empty one is done, all earlier ones are.
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
    // There is one writer in one process, so every transaction is exclusive.
    exclusively: transaction,
    async snapshot(work) {
      admit()
      return readSnapshot(file, work)
    },
    // There is no network that could drop a connection.
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
    // FULL waits for the disk at every commit, in WAL mode too. The size limit shrinks the log after a burst.
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

/** Uses a separate connection: its snapshot does not change while the writer continues. */
async function readSnapshot<T>(file: string, work: (query: Query) => Promise<T>): Promise<T> {
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

/** Each template is prepared once per connection and found by its identity. */
function prepared(connection: DatabaseSync) {
  const statements = new WeakMap<TemplateStringsArray, StatementSync>()
  return (sent: Parameters<Query>[0]): Row[] => {
    const statement = forDialect('sqlite', sent)
    assertStorable(statement)
    try {
      let ready = statements.get(statement.strings)
      if (!ready) {
        ready = connection.prepare(textOf('sqlite', statement))
        statements.set(statement.strings, ready)
      }
      // Plain objects, as from the other engine: those of SQLite have no prototype, and deepEqual tells them
      // apart.
      return ready.all(...valuesOf(statement).map(toSqlite)).map((row) => ({ ...row }))
    } catch (error) {
      throw toDbError(error)
    }
  }
}

/**
 * A number is bound as a float, which a text column would store as '5.0', but a bigint is bound as an
 * integer.
 */
function toSqlite(value: string | number | null): string | number | bigint | null {
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value
}
