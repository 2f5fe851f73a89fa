/**
 * The p-value of a Mann-Whitney U test (1947), two-sided, by the normal approximation with correction for
 * ties: how likely samples of one distribution differ in rank at least as much as these. Ranks are robust
 * against a few outliers that other programs delayed.
 */
export function likelinessOfOneSource(one: readonly number[], other: readonly number[]): number {
  const [n, m] = [one.length, other.length]
  const all = [
    ...one.map((value) => ({ value, isOne: true })),
    ...other.map((value) => ({ value, isOne: false })),
  ]
  const ties = [...Map.groupBy(all, ({ value }) => value)].sort(([a], [b]) => a - b).map(([, tied]) => tied)
  let below = 0
  let rankSum = 0
  let tieSum = 0
  for (const tied of ties) {
    const rank = below + (tied.length + 1) / 2
    rankSum += rank * tied.filter(({ isOne }) => isOne).length
    tieSum += tied.length ** 3 - tied.length
    below += tied.length
  }
  const u = rankSum - (n * (n + 1)) / 2
  const variance = ((n * m) / 12) * (n + m + 1 - tieSum / ((n + m) * (n + m - 1)))
  return !(variance > 0) ? 1 : 2 * tailBeyond(Math.abs(u - (n * m) / 2) / Math.sqrt(variance))
}

/** The tail of the standard normal distribution: Abramowitz and Stegun, 26.2.17; exact to 7.5e-8. */
function tailBeyond(z: number): number {
  const t = 1 / (1 + 0.2316419 * z)
  const factors = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429]
  const sum = factors.reduce((sofar, factor, index) => sofar + factor * t ** (index + 1), 0)
  return (Math.exp(-(z * z) / 2) / Math.sqrt(2 * Math.PI)) * sum
}
