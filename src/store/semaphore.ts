import { systemClock } from '#src/platform/clock.ts'
import { DatabaseAway } from '#src/store/db.ts'

export type Semaphore = <T>(work: () => Promise<T>) => Promise<T>

/** Runs at most `max()` works at once. The others wait in line, and fail after `maxWaitMs`. */
export function semaphore(max: () => number, maxWaitMs: number): Semaphore {
  const line: (() => void)[] = []
  let working = 0

  function turn(): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = systemClock.after(maxWaitMs, () => {
        line.splice(line.indexOf(enter), 1)
        reject(new DatabaseAway('Too many transactions are waiting for the database.'))
      })
      const enter = () => {
        cancel()
        resolve()
      }
      line.push(enter)
    })
  }

  async function within<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } finally {
      // Passes the slot to the next in line, if there is one.
      const enter = line.shift()
      if (enter) enter()
      else working--
    }
  }

  return (work) => {
    if (working >= max()) return turn().then(() => within(work))
    working++
    return within(work)
  }
}
