/** Two things done in turn, so that whatever else the machine does meanwhile, it does to both. */
export type Pair = {
  readonly rounds: number
  /** How often per second, measured over one short while. */
  readonly limit: () => Promise<number>
  readonly ours: () => Promise<number>
}

export type Measured = {
  readonly limit: number
  readonly ours: number
  /** The median of the ratios of each round: what lasts when the machine's speed drifts. */
  readonly ratio: number
  readonly least: number
  readonly most: number
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
  const ratios = results.map((one, round) => one / (limits[round] ?? Number.NaN))
  return {
    limit: median(limits),
    ours: median(results),
    ratio: median(ratios),
    least: Math.min(...ratios),
    most: Math.max(...ratios),
  }
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** How often per second `callers` of them, each one call after another, get through. */
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
