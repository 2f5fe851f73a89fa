import type { Pool, PoolClient } from 'pg'
import { sleep, systemClock } from '#src/platform/clock.ts'
import { DatabaseAway } from '#src/store/db.ts'
import { hasStalePlan, isBehindPooler, toDbError, wasBrokenOff } from '#src/store/postgres-errors.ts'
import type { Semaphore } from '#src/store/semaphore.ts'

/** Part of the names of prepared statements: a new one prepares all anew. Or there are no names. */
export type Edition = number | 'unnamed'

type Act<T> = (client: PoolClient, edition: Edition) => Promise<T>

const maxReruns = 3
/** Longer each time: whoever runs again at once may take the row from under the one it made room for. */
const pauseMs = 20

/** Runs each act on a connection of its own, and again when the engine gave it up for reasons that pass. */
export function attempts(pool: Pool) {
  const underWay = new Set<Promise<unknown>>()
  let edition: Edition = 0

  async function tryAgain<T>(act: Act<T>): Promise<T> {
    for (let reruns = 0; ; reruns++) {
      const seen = edition
      try {
        return await onConnection(pool, (client) => act(client, seen))
      } catch (error) {
        const isPooled = isBehindPooler(error)
        const isStale = hasStalePlan(error) || isPooled
        if (!isStale && !wasBrokenOff(error)) throw error
        if (reruns === maxReruns) throw brokenOff(error)
        // Every connection of the pool may hold the same stale plan: under new names they all prepare again.
        if (isPooled) edition = 'unnamed'
        else if (isStale && seen === edition && edition !== 'unnamed') edition++
        if (!isStale) await sleep(systemClock, pauseMs * 4 ** reruns)
      }
    }
  }

  return {
    run<T>(act: Act<T>, singleFlight: Semaphore = (work) => work()): Promise<T> {
      const answer = singleFlight(() => tryAgain(act))
      underWay.add(answer)
      const forget = () => underWay.delete(answer)
      answer.then(forget, forget)
      return answer
    },
    /** Waits for all that runs: the pool itself would forget those who still wait for a connection. */
    async awaitPropagation(): Promise<void> {
      await Promise.allSettled(underWay)
    },
  }
}

/** A connection that was lost in use is never used again: nobody knows what it would still say. */
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

function brokenOff(error: unknown): DatabaseAway {
  return new DatabaseAway('The database kept breaking this off.', { cause: error })
}
