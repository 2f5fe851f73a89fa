import { type Child, type Html, html } from '#src/http/html.ts'

/** One column: its heading and its cell in each row. */
export type Column<Row> = {
  readonly label: string
  readonly cell: (row: Row) => Child
  /**
   * On a narrow screen a row has two lines: the headline with the action at its end, and the other cells. A
   * `detail` is hidden there. The header of actions is for screen readers only. A `pick` is a checkbox that
   * selects the row.
   */
  readonly part?: 'headline' | 'action' | 'number' | 'detail' | 'pick'
  /** Replaces the label in the header. */
  readonly head?: Child
}

/**
 * A table on wide screens, a list of rows with two lines on narrow ones. The roles are explicit because
 * browsers drop the implicit ones where a stylesheet changes the layout of a table.
 */
export function table<Row>(
  label: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  markOf: (row: Row) => string = () => '',
): Html {
  const head = columns.map(
    ({ label, part, head }) =>
      html`<th role="columnheader" scope="col" class="${part ?? 'fact'}">${
        head ?? (part === 'action' ? html`<span class="unseen">${label}</span>` : label)
      }</th>`,
  )
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
