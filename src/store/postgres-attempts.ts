import type { Pool, PoolClient } from 'pg'
import { sleep, systemClock } from '#src/platform/clock.ts'
import type { DatabaseServer } from '#src/settings/database-url.ts'
import { DatabaseAway, NoServer } from '#src/store/db.ts'
import {
  hasStalePlan,
  isBehindPooler,
  isOutOfConnections,
  toDbError,
  wasRolledBack,
} from '#src/store/postgres-errors.ts'
import type { Semaphore } from '#src/store/semaphore.ts'

/**
 * A suffix of the names of prepared statements, or none: a new suffix makes every connection prepare again.
 */
export type Edition = number | 'unnamed'

type Act<T> = (client: PoolClient, edition: Edition) => Promise<T>

const maxReruns = 3
/** Four times longer after each attempt, because an immediate retry may cause the same deadlock again. */
const firstPauseMs = 20

/** The configured size of the pool, and how long to wait for a connection. */
type Room = { readonly size: () => number; readonly patienceMs: number }

/** The servers that the URL names, tried in turn. */
export type Servers = {
  readonly all: readonly DatabaseServer[]
  /** Which of them new connections go to. */
  turn(): number
  /** Continues with the next one, unless another failure has done so already. */
  leave(turn: number): void
}

/** Runs each act on a separate connection, and retries after temporary failures. */
export function attempts(pool: Pool, room: Room, servers: Servers) {
  const running = new Set<Promise<unknown>>()
  const connect = connector(pool, room, servers)
  let edition: Edition = 0

  async function withRetries<T>(act: Act<T>): Promise<T> {
    for (let reruns = 0; ; reruns++) {
      const seen = edition
      try {
        return await onConnection(connect, (client) => act(client, seen))
      } catch (error) {
        const isPooled = isBehindPooler(error)
        const isStale = hasStalePlan(error) || isPooled
        if (!isStale && !wasRolledBack(error)) throw error
        if (reruns === maxReruns) throw stillFailing(error)
        // Every connection of the pool may have the same stale plan. With new names they all prepare again.
        if (isPooled) edition = 'unnamed'
        else if (isStale && seen === edition && edition !== 'unnamed') edition++
        if (!isStale) await sleep(systemClock, firstPauseMs * 4 ** reruns)
      }
    }
  }

  return {
    run<T>(act: Act<T>, limited: Semaphore = (work) => work()): Promise<T> {
      const result = limited(() => withRetries(act))
      running.add(result)
      const forget = () => running.delete(result)
      result.then(forget, forget)
      return result
    },
    /** Waits for everything that runs. The pool's own `end` ignores acts that wait for a connection. */
    async allDone(): Promise<void> {
      await Promise.allSettled(running)
    },
  }
}

/** A connection that failed in use is closed, because its state is unknown. */
async function onConnection<T>(
  connect: () => Promise<PoolClient>,
  act: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const client = await connect()
  let isBroken = false
  try {
    return await act(client)
  } catch (error) {
    isBroken = error instanceof DatabaseAway || client.getTransactionStatus() !== 'I'
    throw error
  } finally {
    client.release(isBroken)
  }
}

/** How long a pool stays smaller after PostgreSQL rejected another connection. */
const smallerForMs = 10_000
const pauseMs = 100

/**
 * Takes a connection from the pool. After a server that cannot be reached or accepts no writes, the next one
 * in the URL is tried. If PostgreSQL allows no more connections, the act waits for an open one, as in a pool
 * of that size, instead of failing.
 */
function connector(pool: Pool, { size, patienceMs }: Room, servers: Servers): () => Promise<PoolClient> {
  let growAgain = () => {}
  const shrink = () => {
    pool.options.max = Math.max(1, Math.min(pool.options.max, pool.totalCount))
    growAgain()
    growAgain = systemClock.after(smallerForMs, () => {
      pool.options.max = size()
    })
  }
  return async () => {
    const began = systemClock.monotonic()
    const failures = new Map<number, DatabaseAway>()
    for (let tries = 0; ; ) {
      const turn = servers.turn()
      try {
        return await pool.connect()
      } catch (error) {
        const isPatient = isOutOfConnections(error) && systemClock.monotonic() - began < patienceMs
        if (!isPatient) {
          const dbError = toDbError(error)
          // A pool that stayed full for so long does not show whether the server is reachable.
          const isFull = pool.totalCount >= pool.options.max
          if (!(dbError instanceof DatabaseAway) || isFull) throw dbError
          servers.leave(turn)
          failures.set(turn, dbError)
          if (++tries >= servers.all.length) throw unavailable(servers, failures)
          continue
        }
      }
      shrink()
      if (pool.totalCount === 0) await sleep(systemClock, pauseMs)
    }
  }
}

/** With one server its own error, otherwise the errors of all in the order of the URL. */
function unavailable({ all }: Servers, failures: ReadonlyMap<number, DatabaseAway>): DatabaseAway {
  const inOrder = all.flatMap((server, turn) => {
    const error = failures.get(turn)
    return error ? [{ server, error }] : []
  })
  const [only] = inOrder
  return only && all.length === 1 ? only.error : new NoServer(inOrder)
}

function stillFailing(error: unknown): DatabaseAway {
  return new DatabaseAway('The database rolled this back several times in a row.', { cause: error })
}
