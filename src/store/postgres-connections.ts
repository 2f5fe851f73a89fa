import { Pool, type PoolClient } from 'pg'
import type { Query, Row } from '#src/store/db.ts'
import { attempts } from '#src/store/postgres-attempts.ts'
import { type Limit, single, whole } from '#src/store/postgres-commit.ts'
import { answerTypes, ask, type Patience, setUp } from '#src/store/postgres-session.ts'
import { semaphore } from '#src/store/semaphore.ts'

type Options = { readonly url: string; readonly size: number; readonly patience: Patience }

export type Connections = {
  /** Faults where none can be had: a wrong address, a wrong password, a database that forgets. */
  prove(): Promise<void>
  query: Query
  transaction<T>(begin: readonly string[], work: (query: Query) => Promise<T>): Promise<T>
  /** A transaction whose statements may take as long as they take. */
  unhurried<T>(begin: readonly string[], work: (query: Query) => Promise<T>): Promise<T>
  /** Lets all that is under way come to its end, and then hangs up. */
  end(): Promise<void>
}

export function openConnections({ url, size, patience }: Options): Connections {
  const clients = new Set<PoolClient>()
  const pool = openPool({ url, size, patience })
  pool.on('connect', (client) => clients.add(client))
  pool.on('remove', (client) => clients.delete(client))
  const { run, awaitPropagation } = attempts(pool)
  const limit: Limit = { query_timeout: patience.answerMs }
  // Transactions may all wait for one row that somebody holds: they never take every connection.
  const singleFlight = semaphore(size - Math.floor(size / 3), patience.connectMs)

  function within(limit: Limit) {
    return <T>(begin: readonly string[], work: (query: Query) => Promise<T>): Promise<T> =>
      run(
        (client, edition) => whole(client, begin, limit, (sent) => ask(client, sent, edition, limit), work),
        singleFlight,
      )
  }

  return {
    prove: () => run(async () => {}),
    query: (statement): Promise<Row[]> =>
      run((client, edition) => single(client, statement, (sent) => ask(client, sent, edition, limit))),
    transaction: within(limit),
    unhurried: within({}),
    async end() {
      await awaitPropagation()
      await pool.end()
      // The goodbye is on its way. Where nobody hears it, nobody returns it either, and a socket that waits
      // for that would keep the process alive for a quarter of an hour.
      for (const client of clients) client.connection.stream.destroy()
    },
  }
}

function openPool({ url, size, patience }: Options): Pool {
  const pool = new Pool({
    connectionString: url,
    application_name: 'sigil',
    max: size,
    // Statements of a transaction that need not wait for each other go out together and are answered in turn.
    pipeline: true,
    connectionTimeoutMillis: patience.connectMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: answerTypes,
    onConnect: (client) => setUp(client, patience),
  })
  // A connection that breaks says so to whoever uses it; the event is for those that nobody listens to, and
  // would end the process.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}
