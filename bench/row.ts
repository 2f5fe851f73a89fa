import type { Measured } from '#bench/measure.ts'

/** One line of the table: what was measured beside which limit, and what ratio is promised. */
export type Row = {
  readonly name: string
  readonly beside: string
  readonly unit: string
  readonly measured: Measured
  readonly promised: { readonly atLeast: number } | { readonly atMost: number }
}

export function keeps({ measured, promised }: Row): boolean {
  return 'atLeast' in promised ? measured.ratio >= promised.atLeast : measured.ratio <= promised.atMost
}

export function lineOf(row: Row): string {
  const { limit, ours, ratio, least, most } = row.measured
  const bound = 'atLeast' in row.promised ? `≥ ${row.promised.atLeast}` : `≤ ${row.promised.atMost}`
  const cells = [
    row.name,
    `${figure(ours)} ${row.unit}`,
    row.beside,
    `${figure(limit)} ${row.unit}`,
    `${ratio.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`,
    `${bound}${keeps(row) ? '' : ' MISSED'}`,
  ]
  return `| ${cells.join(' | ')} |`
}

function figure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
}
