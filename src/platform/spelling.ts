/** The known word that a misspelt one most likely stands for, if one is near enough. */
export function nearestOf(word: string, known: readonly string[], maxEdits: number): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, edits: editsBetween(word, candidate) }))
    .sort((one, other) => one.edits - other.edits)
  const nearest = ranked[0]
  return nearest !== undefined && nearest.edits <= maxEdits ? nearest.candidate : undefined
}

/** The Damerau–Levenshtein distance: letters added, dropped, changed or swapped with a neighbour. */
function editsBetween(one: string, other: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let i = 1; i <= one.length; i++) {
    const row = [i]
    for (let j = 1; j <= other.length; j++) {
      const isSame = one[i - 1] === other[j - 1]
      const isSwapped = one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]
      const changed = at(last, j - 1) + (isSame ? 0 : 1)
      const swapped = isSwapped && i > 1 && j > 1 ? at(beforeLast, j - 2) + 1 : changed
      row.push(Math.min(at(last, j) + 1, at(row, j - 1) + 1, changed, swapped))
    }
    beforeLast = last
    last = row
  }
  return at(last, other.length)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY
}
