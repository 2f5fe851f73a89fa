/**
 * The p-value of a Wilcoxon signed-rank test (1945), two-sided, by the normal approximation with correction
 * for ties: how likely pairs that do not differ have differences at least as one-sided as these. Both samples
 * of a pair meet what else the machine does at that moment, and ranks are robust against a few outliers.
 */
export function likelinessOfNoDifference(differences: readonly number[]): number {
  const sized = differences
    .filter((one) => one !== 0)
    .map((one) => ({ size: Math.abs(one), isMore: one > 0 }))
  const n = sized.length
  const ties = [...Map.groupBy(sized, ({ size }) => size)].sort(([a], [b]) => a - b).map(([, tied]) => tied)
  let below = 0
  let rankSum = 0
  let tieSum = 0
  for (const tied of ties) {
    const rank = below + (tied.length + 1) / 2
    rankSum += rank * tied.filter(({ isMore }) => isMore).length
    tieSum += tied.length ** 3 - tied.length
    below += tied.length
  }
  const variance = (n * (n + 1) * (2 * n + 1)) / 24 - tieSum / 48
  const distance = Math.abs(rankSum - (n * (n + 1)) / 4)
  return !(variance > 0) ? 1 : 2 * tailBeyond(distance / Math.sqrt(variance))
}

/** The tail of the standard normal distribution: Abramowitz and Stegun, 26.2.17; exact to 7.5e-8. */
function tailBeyond(z: number): number {
  const t = 1 / (1 + 0.2316419 * z)
  const factors = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429]
  const sum = factors.reduce((sofar, factor, index) => sofar + factor * t ** (index + 1), 0)
  return (Math.exp(-(z * z) / 2) / Math.sqrt(2 * Math.PI)) * sum
}
