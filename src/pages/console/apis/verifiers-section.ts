import { type Html, html } from '#src/http/html.ts'
import { timeAgo } from '#src/pages/components/time.ts'
import { type Column, table } from '#src/pages/table.ts'
import type { Texts } from '#src/pages/texts.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Verifier } from '#src/revocations/verifiers.sql.ts'

type Shown = {
  readonly verifiers: readonly Verifier[]
  readonly addPath: string
  readonly mayChange: boolean
  readonly now: Instant
}

/** The verifier keys of an API or of Sigil itself. The keys are stored as hashes and never shown again. */
export function verifiersSection(texts: Texts, { verifiers, addPath, mayChange, now }: Shown): Html {
  const columns: Column<Verifier>[] = [
    { label: texts.get('name'), part: 'headline', cell: ({ name }) => name },
    {
      label: texts.get('audience'),
      cell: ({ audience }) => html`<span class="address">${audience ?? texts.get('own_tokens')}</span>`,
    },
    { label: texts.get('created'), cell: ({ createdAt }) => timeAgo(texts, createdAt, now) },
    ...(mayChange
      ? [
          {
            label: texts.get('action'),
            part: 'action',
            cell: (one: Verifier) => removeLink(texts, one),
          } as const,
        ]
      : []),
  ]
  const add = html`<a class="button small" href="${addPath}">${texts.get('add_verifier')}</a>`
  return html`<section class="sheet"><div class="head"><h2>${texts.get('verifier_keys')}</h2>
${mayChange && add}</div>
${
  verifiers.length === 0
    ? html`<p class="hint">${texts.get('no_verifiers')}</p>`
    : table(texts.get('verifier_keys'), columns, verifiers)
}</section>`
}

function removeLink(texts: Texts, { name }: Verifier): Html {
  const label = texts.get('remove_verifier_named', { name })
  return html`<a class="button small" href="/admin/verifiers/${name}/remove" aria-label="${label}"
>${texts.get('remove')}</a>`
}
