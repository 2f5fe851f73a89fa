import { type Child, type Html, html } from '#src/http/html.ts'

/** One column: its heading and its cell in each row. */
export type Column<Row> = {
  readonly label: string
  readonly cell: (row: Row) => Child
  /** Cells without a label where the row is a card: its headline and its action. */
  readonly part?: 'headline' | 'action'
}

/**
 * A table on wide screens, a list of cards on narrow ones. The roles are explicit because browsers drop the
 * implicit ones where a stylesheet changes the layout of a table.
 */
export function table<Row>(
  label: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  markOf: (row: Row) => string = () => '',
): Html {
  const head = columns.map((column) => html`<th role="columnheader" scope="col">${column.label}</th>`)
  const cellsOf = (row: Row) =>
    columns.map(
      ({ label, part, cell }) =>
        html`<td role="cell" class="${part ?? 'fact'}" data-label="${label}"><div>${cell(row)}</div></td>`,
    )
  return html`<table role="table" aria-label="${label}">
<thead role="rowgroup"><tr role="row">${head}</tr></thead>
<tbody role="rowgroup">
${rows.map((row) => html`<tr role="row" class="${markOf(row)}">${cellsOf(row)}</tr>\n`)}
</tbody></table>`
}
