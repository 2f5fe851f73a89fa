type Bucket = { readonly upTo: number; readonly count: number }

/**
 * The quantile of the counted values, estimated like Prometheus does: values are assumed to be evenly
 * distributed within a bucket. Undefined before the first value; infinite beyond the last bound.
 */
export function quantileOf(buckets: readonly Bucket[], share: number): number | undefined {
  const total = buckets.at(-1)?.count ?? 0
  if (total === 0) return undefined
  const rank = share * total
  const index = buckets.findIndex(({ count }) => count >= rank)
  const found = buckets[index]
  if (!found || !Number.isFinite(found.upTo)) return Number.POSITIVE_INFINITY
  const { upTo: from, count: before } = buckets[index - 1] ?? { upTo: 0, count: 0 }
  return from + ((found.upTo - from) * (rank - before)) / (found.count - before)
}
