import { signInAtHostPath } from '#src/forward-auth/visit.ts'
import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { html } from '#src/http/html.ts'
import { answerPage } from '#src/pages/layout.ts'
import { textsFor } from '#src/pages/texts.ts'

type Failed = { readonly host: string; readonly origin: string; readonly next: string }

/** The return to the app did not end with a ticket. An automatic retry could loop. */
export function failedPage(call: Call, { host, origin, next }: Failed): Answer {
  const texts = textsFor(call.language)
  const title = texts.get('host_failed_title', { host })
  const again = `${origin}${signInAtHostPath}?${new URLSearchParams({ next })}`
  const content = html`<section class="sheet">
<h1>${title}</h1>
<p class="lead">${texts.get('host_failed_lead')}</p>
<p>${texts.get('host_failed_operator', { host })}</p>
<p class="buttons"><a class="button primary" href="${again}">${texts.get('host_again')}</a></p>
</section>`
  return answerPage(call, { status: 200, title, shape: 'card', content })
}

/** This part of the app requires two factors, and the user has one. */
export function needsFactorPage(call: Call, host: string): Answer {
  const texts = textsFor(call.language)
  const title = texts.get('host_factor_title')
  const content = html`<section class="sheet">
<h1>${title}</h1>
<p class="lead">${texts.get('host_factor_lead', { host })}</p>
<p class="buttons">
<a class="button primary" href="/account/security">${texts.get('host_factor_set_up')}</a></p>
</section>`
  return answerPage(call, { status: 200, title, shape: 'card', content })
}
