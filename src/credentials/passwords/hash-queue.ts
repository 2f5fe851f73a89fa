import { AppError } from '#src/errors/errors.ts'

type Job = { readonly run: () => Promise<unknown>; readonly reject: (error: AppError) => void }

/** The source of a job: its networks, widest first. */
export type Source = readonly string[]

type Bounds = {
  readonly workers: number
  /** How many jobs may wait. */
  readonly max: number
  /** How many of them may come from one network, of any size. */
  readonly maxPerSource: number
  /** How many more may wait from browsers that have signed in before. */
  readonly reserved: number
}

/**
 * A bounded queue for work that costs a core. Networks take turns, and so do the subnets inside a network: an
 * attacker with many addresses of one network has one turn. Beyond the bound the error is `busy`. Browsers
 * that have signed in before have their own queue, and every second turn.
 */
export class HashQueue {
  readonly #bounds: Bounds
  readonly #strangers = new Line()
  readonly #known = new Line()
  #isKnownNext = true
  #running = 0

  constructor(bounds: Bounds) {
    this.#bounds = bounds
  }

  get waiting(): number {
    return this.#strangers.waiting + this.#known.waiting
  }

  run<T>(source: Source, work: () => Promise<T>, { isKnown = false } = {}): Promise<T> {
    const { max, reserved, maxPerSource } = this.#bounds
    const [line, bound] = isKnown ? [this.#known, reserved] : [this.#strangers, max]
    if (line.longestOf(source) >= Math.min(maxPerSource, bound)) throw busy()
    if (line.waiting >= bound && !line.makeRoom(source)) throw busy()
    return new Promise((resolve, reject) => {
      line.push(source, { run: () => work().then(resolve, reject), reject })
      this.#next()
    })
  }

  #next(): void {
    while (this.#running < this.#bounds.workers) {
      const isKnownTurn = this.#strangers.waiting === 0 || (this.#isKnownNext && this.#known.waiting > 0)
      const job = isKnownTurn ? this.#known.take() : this.#strangers.take()
      if (!job) return
      this.#isKnownNext = !isKnownTurn
      this.#running++
      void job.run().finally(() => {
        this.#running--
        this.#next()
      })
    }
  }
}

/** The jobs of one network, and of the networks in it. */
class Line {
  /** In the order of turns: a network that was served moves to the end. */
  readonly #parts = new Map<string, Line>()
  readonly #jobs: Job[] = []
  waiting = 0

  push(source: Source, job: Job): void {
    this.waiting++
    const [part, ...rest] = source
    if (part === undefined) {
      this.#jobs.push(job)
      return
    }
    const line = this.#parts.get(part) ?? new Line()
    this.#parts.set(part, line)
    line.push(rest, job)
  }

  take(): Job | undefined {
    if (this.waiting === 0) return undefined
    this.waiting--
    const [turn] = this.#parts
    if (!turn) return this.#jobs.shift()
    const [name, line] = turn
    this.#parts.delete(name)
    const job = line.take()
    if (line.waiting > 0) this.#parts.set(name, line)
    return job
  }

  /** The largest number of waiting jobs of any network of this source. */
  longestOf([part, ...rest]: Source): number {
    const line = part === undefined ? undefined : this.#parts.get(part)
    return line ? Math.max(line.waiting, line.longestOf(rest)) : 0
  }

  /** Rejects the last job of the longest queue, if that is longer than the queue of the new job would be. */
  makeRoom([part, ...rest]: Source): boolean {
    const own = part === undefined ? undefined : this.#parts.get(part)
    const longest = this.#longest()
    if (!longest) return false
    if (longest === own) return this.#counted(own.makeRoom(rest))
    if (longest.waiting <= (own?.waiting ?? 0) + 1) return false
    this.#dropLast()
    return true
  }

  #counted(madeRoom: boolean): boolean {
    if (madeRoom) this.waiting--
    return madeRoom
  }

  #dropLast(): void {
    this.waiting--
    const longest = this.#longest()
    if (!longest) {
      this.#jobs.pop()?.reject(busy())
      return
    }
    longest.#dropLast()
    for (const [name, line] of this.#parts) if (line.waiting === 0) this.#parts.delete(name)
  }

  #longest(): Line | undefined {
    return [...this.#parts.values()].reduce<Line | undefined>(
      (longest, line) => (!longest || line.waiting > longest.waiting ? line : longest),
      undefined,
    )
  }
}

function busy(): AppError {
  return new AppError('busy', { retryAfterSeconds: 1 })
}
