import type { Pool, PoolClient } from 'pg'
import { sleep, systemClock } from '#src/platform/clock.ts'
import { DatabaseAway } from '#src/store/db.ts'
import { hasStalePlan, isBehindPooler, toDbError, wasRolledBack } from '#src/store/postgres-errors.ts'
import type { Semaphore } from '#src/store/semaphore.ts'

/**
 * A suffix of the names of prepared statements: a new one makes every connection prepare again. Or no names.
 */
export type Edition = number | 'unnamed'

type Act<T> = (client: PoolClient, edition: Edition) => Promise<T>

const maxReruns = 3
/** Four times longer after each try, because an immediate retry may cause the same deadlock again. */
const firstPauseMs = 20

/** Runs each act on a connection of its own, and retries after temporary failures. */
export function attempts(pool: Pool) {
  const running = new Set<Promise<unknown>>()
  let edition: Edition = 0

  async function withRetries<T>(act: Act<T>): Promise<T> {
    for (let reruns = 0; ; reruns++) {
      const seen = edition
      try {
        return await onConnection(pool, (client) => act(client, seen))
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
    /** Waits for everything that runs. The pool's own `end` forgets acts that wait for a connection. */
    async allDone(): Promise<void> {
      await Promise.allSettled(running)
    },
  }
}

/** A connection that failed in use is closed: what it would return next is unknown. */
async function onConnection<T>(pool: Pool, act: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch((error) => {
    throw toDbError(error)
  })
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

function stillFailing(error: unknown): DatabaseAway {
  return new DatabaseAway('The database rolled this back several times in a row.', { cause: error })
}
