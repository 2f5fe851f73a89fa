/** Reproducible random choices: the same seed makes the same choices. */
export type Chance = {
  /** Returns an integer from `from` to `to`, both included. */
  between(from: number, to: number): number
  /** Returns one of the names, with probabilities in proportion to the weights. */
  oneOf<Name extends string>(weights: Readonly<Record<Name, number>>): Name
}

/** SIGIL_TEST_SEED sets the seed, to repeat a run. */
export function seededChance(): Chance & { readonly seed: number } {
  const seed = Number(process.env.SIGIL_TEST_SEED ?? Date.now()) >>> 0
  return { seed, ...chanceFrom(seed) }
}

/** Mulberry32. */
export function chanceFrom(seed: number): Chance {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    between: (from, to) => from + Math.floor(next() * (to - from + 1)),
    oneOf(weights) {
      const names = Object.keys(weights) as (keyof typeof weights)[]
      let left = next() * names.reduce((sum, name) => sum + weights[name], 0)
      for (const name of names) {
        left -= weights[name]
        if (left < 0) return name
      }
      throw new Error('All weights are 0.')
    },
  }
}
