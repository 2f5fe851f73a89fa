import { Pool } from 'pg'
import { DatabaseAway, type Db, type Query } from '#src/store/db.ts'
import { attempts } from '#src/store/postgres-attempts.ts'
import { type Limit, single, whole } from '#src/store/postgres-commit.ts'
import { answerTypes, ask, setUp } from '#src/store/postgres-session.ts'
import { turns } from '#src/store/turns.ts'
import { refuseInsideWork } from '#src/store/work.ts'

type Options = {
  url: string
  poolSize?: number
  /**
   * How long to wait for a connection. A statement may take twice as long before the server ends it, and
   * three times before its connection is given up; a commit is never cancelled, only no longer waited for.
   */
  patienceMs?: number
}

const takingLong = ['set local statement_timeout = 0', 'set local idle_in_transaction_session_timeout = 0']

/** One number for every node: whoever holds the lock is alone. */
const beginExclusively = ['begin', ...takingLong, 'select pg_advisory_xact_lock(7163771011)']
const beginSnapshot = ['begin isolation level repeatable read read only', ...takingLong]

export async function openPostgres({ url, poolSize = 10, patienceMs = 5000 }: Options): Promise<Db> {
  const pool = openPool(url, poolSize, patienceMs)
  const { run, settled } = attempts(pool)
  const limit: Limit = { query_timeout: patienceMs * 3 }
  // Transactions may all wait for one row that somebody holds. What renews the lease must not wait with them,
  // or no token could be judged meanwhile: they never take every connection.
  const inTurn = turns(poolSize - Math.floor(poolSize / 3), patienceMs)
  let closing: Promise<void> | undefined

  function admit(): void {
    refuseInsideWork()
    if (closing) throw new DatabaseAway('The database has been closed.')
  }

  async function inTransaction<T>(
    begin: readonly string[],
    within: Limit,
    work: (query: Query) => Promise<T>,
  ) {
    admit()
    return run(
      (client, edition) => whole(client, begin, within, (sent) => ask(client, sent, edition, within), work),
      inTurn,
    )
  }

  // Said at start, while somebody is looking: a wrong address, a wrong password, a database that forgets.
  await run(async () => {}).catch(async (error) => {
    await pool.end()
    throw error
  })

  return {
    dialect: 'postgres',
    async query(statement) {
      admit()
      return run((client, edition) => single(client, statement, (sent) => ask(client, sent, edition, limit)))
    },
    transaction: (work) => inTransaction(['begin'], limit, work),
    exclusively: (work) => inTransaction(beginExclusively, {}, work),
    snapshot: (work) => inTransaction(beginSnapshot, {}, work),
    close() {
      closing ??= settled().then(() => pool.end())
      return closing
    },
  }
}

function openPool(url: string, poolSize: number, patienceMs: number): Pool {
  const pool = new Pool({
    connectionString: url,
    application_name: 'sigil',
    max: poolSize,
    // Statements of a transaction that need not wait for each other go out together and are answered in turn.
    pipeline: true,
    connectionTimeoutMillis: patienceMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: answerTypes,
    onConnect: (client) => setUp(client, patienceMs),
  })
  // A connection that breaks says so to whoever uses it; the event is for those that nobody listens to, and
  // would end the process.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}
