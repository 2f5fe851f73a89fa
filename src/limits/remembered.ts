import { perWorld } from '#src/world/world.ts'

const most = 10_000

/**
 * What this node remembers of buckets, as moments on the monotonic clock. Bounded: when it is full, the
 * oldest is forgotten, and the database is asked again.
 */
class Remembered {
  readonly #moments = new Map<string, number>()

  get(bucket: string): number | undefined {
    return this.#moments.get(bucket)
  }

  set(bucket: string, moment: number): void {
    this.#moments.delete(bucket)
    this.#moments.set(bucket, moment)
    const [oldest] = this.#moments.keys()
    if (this.#moments.size > most && oldest !== undefined) this.#moments.delete(oldest)
  }

  forget(bucket: string): void {
    this.#moments.delete(bucket)
  }
}

/** Until when a bucket is empty. */
export const emptyUntil = perWorld(() => new Remembered())

/** When a bucket that is kept in memory alone is full again. */
export const fullFrom = perWorld(() => new Remembered())
