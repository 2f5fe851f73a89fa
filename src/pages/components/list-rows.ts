import { type Child, type Html, html } from '#src/http/html.ts'
import { type RowIcon, rowIcon } from '#src/pages/components/row-icons.ts'

/** Two lines with an icon before them and an action at the end. */
export type ListRow = {
  readonly icon: RowIcon
  readonly title: Child
  readonly meta: Child
  readonly action?: Child
  readonly tone?: 'bad' | 'warn' | 'good'
}

export function listRows(label: string, rows: readonly ListRow[]): Html {
  return html`<ul class="rows" aria-label="${label}">${rows.map(oneRow)}</ul>`
}

/** The first rows, and the others behind a link with their number. */
export function foldedRows(
  label: string,
  rows: readonly ListRow[],
  { shown, more }: { shown: number; more: (count: number) => string },
): Html {
  const rest = rows.slice(shown)
  const folded =
    rest.length > 0 &&
    html`<details class="more"><summary>${more(rest.length)}</summary>
${listRows(more(rest.length), rest)}</details>`
  return html`${listRows(label, rows.slice(0, shown))}${folded}`
}

function oneRow({ icon: name, title, meta, action, tone }: ListRow): Html {
  return html`<li${tone && html` class="${tone}"`}>${rowIcon(name)}<div><p class="title">${title}</p>
<p class="meta">${meta}</p></div>${action !== undefined && html`<div class="end">${action}</div>`}</li>
`
}
