import type { Measured } from '#bench/measure.ts'

/** A line of the table: what was measured, compared with which limit, and the promised ratio. */
export type Row = {
  readonly name: string
  readonly beside: string
  readonly unit: string
  readonly measured: Measured
  /** Undefined if the figure is only reported. */
  readonly promised: { readonly atLeast: number } | { readonly atMost: number } | undefined
}

export function keeps({ measured, promised }: Row): boolean {
  if (!promised) return true
  return 'atLeast' in promised ? measured.ratio >= promised.atLeast : measured.ratio <= promised.atMost
}

export const header = [
  '| what | ours | compared with | limit | ratio: median (range) | promised |',
  '|---|---|---|---|---|---|',
]

export function lineOf(row: Row): string {
  const { limit, ours, ratio, min, max } = row.measured
  const cells = [
    row.name,
    `${figure(ours)} ${row.unit}`,
    row.beside,
    `${figure(limit)} ${row.unit}`,
    `${ratio.toFixed(2)} (${min.toFixed(2)} to ${max.toFixed(2)})`,
    `${boundOf(row)}${keeps(row) ? '' : ' MISSED'}`,
  ]
  return `| ${cells.join(' | ')} |`
}

function boundOf({ promised }: Row): string {
  if (!promised) return ''
  return 'atLeast' in promised
    ? `≥ ${Number(promised.atLeast.toFixed(3))}`
    : `≤ ${Number(promised.atMost.toFixed(3))}`
}

function figure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
}
