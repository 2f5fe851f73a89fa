import { AppError } from '#src/errors/errors.ts'

type Job = { readonly run: () => Promise<unknown>; readonly refuse: (why: AppError) => void }

/**
 * A bounded line for work that costs a core: a few run at once, addresses take turns, and past the bound the
 * answer is an honest "later". One address can fill its own share, and nobody else's.
 */
export class HashQueue {
  readonly #workers: number
  readonly #most: number
  readonly #maxPerSource: number
  /** Insertion order is whose turn it is: an address that was served goes to the end. */
  readonly #lines = new Map<string, Job[]>()
  #waiting = 0
  #running = 0

  constructor({ workers, most, maxPerSource }: { workers: number; most: number; maxPerSource: number }) {
    this.#workers = workers
    this.#most = most
    this.#maxPerSource = maxPerSource
  }

  get waiting(): number {
    return this.#waiting
  }

  run<T>(address: string, work: () => Promise<T>): Promise<T> {
    const line = this.#lines.get(address) ?? []
    if (this.#waiting >= this.#most) this.#makeRoom(line.length)
    if (line.length >= this.#maxPerSource) throw busy()
    return new Promise((resolve, reject) => {
      line.push({ run: () => work().then(resolve, reject), refuse: reject })
      this.#lines.set(address, line)
      this.#waiting++
      this.#next()
    })
  }

  /** A full queue refuses whoever already has the longest line, and only them. */
  #makeRoom(own: number): void {
    const longest = [...this.#lines].reduce<[string, Job[]] | undefined>(
      (most, entry) => (!most || entry[1].length > most[1].length ? entry : most),
      undefined,
    )
    if (!longest || longest[1].length <= own + 1) throw busy()
    const [address, line] = longest
    line.pop()?.refuse(busy())
    if (line.length === 0) this.#lines.delete(address)
    this.#waiting--
  }

  #next(): void {
    while (this.#running < this.#workers) {
      const [turn] = this.#lines
      if (!turn) return
      const [address, line] = turn
      this.#lines.delete(address)
      const job = line.shift()
      if (line.length > 0) this.#lines.set(address, line)
      if (!job) continue
      this.#waiting--
      this.#running++
      job.run().finally(() => {
        this.#running--
        this.#next()
      })
    }
  }
}

function busy(): AppError {
  return new AppError('busy', { retryAfterSeconds: 1 })
}
