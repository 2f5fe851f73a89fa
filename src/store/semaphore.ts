import { systemClock } from '#src/platform/clock.ts'
import { DatabaseAway } from '#src/store/db.ts'

export type Semaphore = <T>(work: () => Promise<T>) => Promise<T>

/** Lets so many work at once. The others wait in line; who waits for too long is told that it is in vain. */
export function semaphore(most: number, patienceMs: number): Semaphore {
  const line: (() => void)[] = []
  let working = 0

  function turn(): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = systemClock.after(patienceMs, () => {
        line.splice(line.indexOf(enter), 1)
        reject(new DatabaseAway('Too many transactions wait for the database.'))
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
      // The place goes on to the next one, or is free.
      const enter = line.shift()
      if (enter) enter()
      else working--
    }
  }

  return (work) => {
    if (working >= most) return turn().then(() => within(work))
    working++
    return within(work)
  }
}
