import { type Html, html } from '#src/http/html.ts'
import { deviceCell, momentCell } from '#src/pages/account/devices.ts'
import { type Column, table } from '#src/pages/table.ts'
import type { Texts } from '#src/pages/texts.ts'
import type { signInOnWire } from '#src/sessions/on-wire.ts'

export type SignInShown = ReturnType<typeof signInOnWire>

/** Sign-ins, including failed ones, so that users can spot an attempt that was not theirs. */
export function historyList(texts: Texts, signIns: readonly SignInShown[]): Html {
  if (signIns.length === 0) return html`<p>${texts.get('history_none')}</p>`
  const columns: Column<SignInShown>[] = [
    { label: texts.get('outcome'), part: 'headline', cell: (one) => outcome(texts, one) },
    { label: texts.get('when'), cell: (one) => momentCell(texts, one.at) },
    { label: texts.get('device'), cell: (one) => deviceCell(texts, one) },
    { label: texts.get('ip_address'), cell: (one) => html`<span class="address">${one.ip}</span>` },
  ]
  return table(texts.get('history'), columns, signIns)
}

function outcome(texts: Texts, { outcome, method }: SignInShown): Html {
  const tone = outcome === 'signed_in' ? 'went-well' : 'went-badly'
  const isWrongPasskey = outcome === 'wrong_credentials' && method === 'passkey'
  const sentence = texts.get(isWrongPasskey ? 'outcome_wrong_passkey' : `outcome_${outcome}`)
  return html`<span class="${tone}">${sentence}</span>`
}
