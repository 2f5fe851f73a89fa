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
  const ratios = results.map((result, round) => result / (limits[round] ?? Number.NaN))
  return {
    limit: median(limits),
    ours: median(results),
    ratio: median(ratios),
    min: Math.min(...ratios),
    max: Math.max(...ratios),
  }
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
