/** Two measurements taken in turn, so that other load on the machine affects both. */
export type Pair = {
  readonly rounds: number
  /** Operations per second, measured over a short time. */
  readonly limit: () => Promise<number>
  readonly ours: () => Promise<number>
}

export type Measured = {
  readonly limit: number
  readonly ours: number
  /** The median of the ratios per round, which is stable when the speed of the machine drifts. */
  readonly ratio: number
  readonly min: number
  readonly max: number
}

export async function measure({ rounds, limit, ours }: Pair): Promise<Measured> {
  const limits: number[] = []
  const results: number[] = []
  await limit()
  await ours()
  for (let round = 0; round < rounds; round++) {
    limits.push(await limit())
    results.push(await ours())
  }
  return compared(results, limits)
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** Calls per second of this many callers, each of which makes one call after another. */
export async function rate(
  forMs: number,
  callers: number,
  call: (caller: number) => Promise<void>,
): Promise<number> {
  const began = performance.now()
  let calls = 0
  const one = async (caller: number) => {
    while (performance.now() - began < forMs) {
      await call(caller)
      calls++
    }
  }
  await Promise.all(Array.from({ length: callers }, (_, caller) => one(caller)))
  return (calls * 1000) / (performance.now() - began)
}

/** Calls per second when so many callers share the items, each of which is one call. */
export async function perSecond<T>(
  items: readonly T[],
  callers: number,
  call: (item: T) => Promise<unknown>,
): Promise<number> {
  const queue = [...items]
  const began = performance.now()
  const one = async () => {
    for (let item = queue.pop(); item !== undefined; item = queue.pop()) await call(item)
  }
  await Promise.all(Array.from({ length: callers }, one))
  return (items.length * 1000) / (performance.now() - began)
}

/** The results of two measurements that alternated. */
export function compared(ours: readonly number[], limits: readonly number[]): Measured {
  const ratios = ours.map((result, round) => result / (limits[round] ?? Number.NaN))
  return {
    limit: median(limits),
    ours: median(ours),
    ratio: median(ratios),
    min: Math.min(...ratios),
    max: Math.max(...ratios),
  }
}
