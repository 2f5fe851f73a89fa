import { z } from 'zod'
import { type Html, html } from '#src/http/html.ts'
import { text } from '#src/http/text.ts'
import type { Column } from '#src/pages/table.ts'
import type { Texts } from '#src/pages/texts.ts'

/** How many items one preview can list and one form can change. */
export const maxChosen = 100

const Id = text({ min: 1, max: 64 })

/** The selected rows of a list, in the query of the preview. */
export const ChosenQuery = z
  .union([Id, z.array(Id).max(maxChosen)])
  .transform((ids) => [ids].flat())
  .default([])

/** The same in the form of the preview, in which every field has one value. */
export const ChosenField = text({ min: 0, max: 65 * maxChosen })
  .default('')
  .transform((ids) =>
    ids
      .split(' ')
      .filter((id) => id !== '')
      .slice(0, maxChosen),
  )

export function chosenField(ids: readonly string[]): string {
  return ids.join(' ')
}

/** Checkboxes that select rows, and for scripts one in the header that selects all. */
export function pickColumn<Row>(
  texts: Texts,
  { idOf, nameOf }: { idOf: (row: Row) => string; nameOf: (row: Row) => string },
): Column<Row> {
  return {
    label: texts.get('choose'),
    part: 'pick',
    head: html`<input type="checkbox" data-all aria-label="${texts.get('choose_all')}" hidden>`,
    cell: (row) => pickBox(texts.get('choose_named', { name: nameOf(row) }), idOf(row)),
  }
}

function pickBox(label: string, id: string): Html {
  return html`<input type="checkbox" name="id" value="${id}" aria-label="${label}">`
}
