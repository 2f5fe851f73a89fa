import type { Adoption } from '#src/administration/adoption.sql.ts'
import { type Html, html } from '#src/http/html.ts'
import type { ConsoleKey } from '#src/pages/messages/console-en.ts'
import { type Column, table } from '#src/pages/table.ts'
import type { Texts } from '#src/pages/texts.ts'

export const adoptionRows = ['passkey', 'totp', 'upstream', 'strong'] as const
type Row = (typeof adoptionRows)[number]

/** Number of users with each way to sign in: a bar for each, and a table. */
export function adoptionSection(texts: Texts, adoption: Adoption): Html {
  const title = texts.get('factor_adoption')
  const shareOf = (row: Row) => (adoption.users === 0 ? 0 : adoption[row] / adoption.users)
  const nameOf = (row: Row) => texts.get(`factor_${row}` satisfies ConsoleKey)
  const bars = adoptionRows.map((row) => {
    const width = Math.round(shareOf(row) * 1000) / 10
    return html`<div><dt>${nameOf(row)}</dt><dd><svg viewBox="0 0 100 8" preserveAspectRatio="none"
 aria-hidden="true"><rect class="slot" width="100" height="8"/><rect class="s0" width="${width}"
 height="8"/></svg><span>${texts.percent(shareOf(row))}</span></dd></div>`
  })
  const columns: Column<Row>[] = [
    { label: texts.get('sign_in_methods'), part: 'headline', cell: nameOf },
    { label: texts.get('users_with'), part: 'number', cell: (row) => texts.number(adoption[row]) },
    { label: texts.get('share'), part: 'number', cell: (row) => texts.percent(shareOf(row)) },
  ]
  return html`<section class="sheet"><figure class="plot shares"><figcaption><h2>${title}</h2>
<p class="total">${texts.percent(shareOf('strong'))}</p>
<p class="hint">${texts.get('factor_strong')}</p></figcaption>
<dl>${bars}</dl>
<details><summary>${texts.get('as_table')}</summary>${table(title, columns, adoptionRows)}
<p><a href="/admin/adoption.csv" download>${texts.get('download_csv')}</a></p></details></figure></section>`
}
