/** The media type of RFC 4180. */
export const csvType = 'text/csv; charset=utf-8; header=present'

export type Cell = string | number | null

/**
 * A line of CSV. Spreadsheets run a cell that begins with one of these characters as a formula, so such a
 * cell gets an apostrophe in front.
 */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`
}

function csvCell(cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell === 'number') return String(cell)
  const harmless = /^[=+\-@\t\r\n]/.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
