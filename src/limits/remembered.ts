import { perWorld } from '#src/world/world.ts'

const maxBuckets = 10_000

/**
 * Timestamps of buckets on the monotonic clock, in memory. When there are too many, the oldest is dropped.
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
    if (this.#moments.size > maxBuckets && oldest !== undefined) this.#moments.delete(oldest)
  }

  forget(bucket: string): void {
    this.#moments.delete(bucket)
  }
}

/** Until when a bucket in the database is empty, so that it does not have to be queried. */
export const emptyUntil = perWorld(() => new Remembered())

/** When a bucket that is only in memory is full again. */
export const fullFrom = perWorld(() => new Remembered())
