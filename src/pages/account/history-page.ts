import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { html } from '#src/http/html.ts'
import { accountPage } from '#src/pages/account/account-page.ts'
import { historyList, type SignInShown } from '#src/pages/account/history-list.ts'
import { textsFor } from '#src/pages/texts.ts'

type Shown = {
  readonly signIns: readonly SignInShown[]
  readonly isFirst: boolean
  readonly nextCursor: string | null
}

export function historyPage(call: Call, { signIns, isFirst, nextCursor }: Shown): Answer {
  const texts = textsFor(call.language)
  const newest = !isFirst && html`<a class="button" href="/account/history">${texts.get('newest')}</a>`
  const older =
    nextCursor !== null &&
    html`<a class="button" href="/account/history?cursor=${nextCursor}" rel="next">${texts.get('older')}</a>`
  const label = texts.get('pages_of_history')
  const pager = html`<nav class="buttons" aria-label="${label}">${newest}${older}</nav>`
  const content = html`<section class="sheet">
<h1>${texts.get('history_title')}</h1>
<p class="lead">${texts.get('history_lead')}</p>
${historyList(texts, signIns)}
${(newest || older) && pager}
</section>`
  return accountPage(call, { place: '/account/history', title: texts.get('history_title'), content })
}
