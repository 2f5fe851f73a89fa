import { Client, type ClientConfig, Pool, type PoolClient } from 'pg'
import { databaseTarget } from '#src/settings/database-url.ts'
import type { Query, Row } from '#src/store/db.ts'
import { attempts, type Servers } from '#src/store/postgres-attempts.ts'
import { inTransaction, type Limit, single } from '#src/store/postgres-commit.ts'
import { postgresConfig } from '#src/store/postgres-config.ts'
import { resultTypes, runPrepared, setUp, type Timeouts } from '#src/store/postgres-session.ts'
import { semaphore } from '#src/store/semaphore.ts'

type Options = { readonly url: string; readonly size: number; readonly timeouts: Timeouts }

export type Connections = {
  /** Throws if no connection can be opened: wrong address, wrong password, unsafe settings. */
  check(): Promise<void>
  /** Changes the maximum number of connections. */
  resize(size: number): void
  query: Query
  transaction<T>(begin: readonly string[], work: (query: Query) => Promise<T>): Promise<T>
  /** A transaction whose statements have no time limit. */
  withoutLimit<T>(begin: readonly string[], work: (query: Query) => Promise<T>): Promise<T>
  /** Waits until everything that runs is done, then closes the connections. */
  end(): Promise<void>
}

export function openConnections({ url, size: firstSize, timeouts }: Options): Connections {
  let size = firstSize
  const clients = new Set<PoolClient>()
  const pool = openPool({ url, size, timeouts })
  pool.on('connect', (client) => clients.add(client))
  pool.on('remove', (client) => clients.delete(client))
  const room = { size: () => size, patienceMs: timeouts.connectMs }
  const { run, allDone } = attempts(pool, room, serversOf(pool, url))
  const limit: Limit = { query_timeout: timeouts.answerMs }
  // All transactions may wait for the same row lock, so they must never use every connection.
  const limited = semaphore(() => size - Math.floor(size / 3), timeouts.connectMs)

  function within(limit: Limit) {
    return <T>(begin: readonly string[], work: (query: Query) => Promise<T>): Promise<T> =>
      run(
        (client, edition) =>
          inTransaction(client, begin, limit, (sent) => runPrepared(client, sent, edition, limit), work),
        limited,
      )
  }

  return {
    check: () => run(async () => {}),
    resize(newSize) {
      size = newSize
      pool.options.max = newSize
    },
    query: (statement): Promise<Row[]> =>
      run((client, edition) =>
        single(client, statement, (sent) => runPrepared(client, sent, edition, limit)),
      ),
    transaction: within(limit),
    withoutLimit: within({}),
    async end() {
      await allDone()
      await pool.end()
      // If the server is unreachable, it never acknowledges the end of the connection, and the socket would
      // keep the process alive for 15 minutes.
      for (const client of clients) client.connection.stream.destroy()
    },
  }
}

/** New connections go to the server that worked last. */
function serversOf(pool: Pool, url: string): Servers {
  const { servers } = databaseTarget(url)
  let turn = 0
  return {
    all: servers,
    turn: () => turn,
    leave(from) {
      if (from !== turn) return
      turn = (turn + 1) % servers.length
      Object.assign(pool.options, servers[turn])
    },
  }
}

/**
 * Where the driver cannot authenticate, as without a password, it leaves the socket open, and the process
 * could not end before PostgreSQL closes it after a minute.
 */
class ClosingClient extends Client {
  constructor(config?: ClientConfig) {
    super(config)
    this.connection.on('error', () => this.connection.stream.destroy())
  }
}

function openPool({ url, size, timeouts }: Options): Pool {
  const { needsWritable } = databaseTarget(url)
  const pool = new Pool({
    ...postgresConfig(url, 'sigil'),
    max: size,
    Client: ClosingClient,
    // Statements that do not wait for each other are sent together, and their results arrive in that order.
    pipeline: true,
    connectionTimeoutMillis: timeouts.connectMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: resultTypes,
    onConnect: (client) => setUp(client, timeouts, needsWritable),
  })
  // A query on a broken connection fails by itself. Without a listener this event would end the process.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}
