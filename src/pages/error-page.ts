import type { AppError } from '#src/errors/errors.ts'
import { type Answer, seeOther } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { html } from '#src/http/html.ts'
import { errorHeaders } from '#src/http/problem.ts'
import { answerPage } from '#src/pages/layout.ts'
import { hereOf, withNext } from '#src/pages/next.ts'
import { splitMessage } from '#src/pages/sentences.ts'
import { textsFor } from '#src/pages/texts.ts'

/** A refusal for a reader with a browser. Who is not signed in is asked to, and comes back afterwards. */
export function errorPage(refusal: AppError, call: Call): Answer {
  if (refusal.code === 'not_signed_in') return seeOther(signInAddress(call))
  if (refusal.code === 'step_up_required') return seeOther(confirmAddress(call))
  const texts = textsFor(call.language)
  const { happened, toDo } = splitMessage(refusal.code, call.language)
  const { retryAfterSeconds } = refusal.details
  const content = html`<section class="sheet">
<p class="status" aria-hidden="true">${refusal.status}</p>
<h1>${happened}</h1>
<p>${toDo}</p>
${retryAfterSeconds && html`<p>${texts.say('wait', { seconds: Math.ceil(retryAfterSeconds) })}</p>`}
<p class="buttons"><a class="button" href="/">${texts.say('to_start')}</a>
<a href="/docs/errors/${refusal.code}">${texts.say('about_this_error')}</a></p>
<p class="hint">${texts.say('request_id')}: <code>${call.requestId}</code></p>
</section>`
  return answerPage(call, {
    status: refusal.status,
    title: happened,
    shape: 'card',
    content,
    headers: errorHeaders(refusal),
  })
}

/** A form is not sent again by itself, so after one its sender begins anew. */
function signInAddress(call: Call): string {
  const isComeBackTo = call.method === 'GET' || call.method === 'HEAD'
  return isComeBackTo ? `/sign-in?${new URLSearchParams({ next: hereOf(call) })}` : '/sign-in'
}

/** Asks for a recent proof. A form is shown again afterwards, and not sent by itself. */
function confirmAddress(call: Call): string {
  const isComeBackTo = call.method === 'GET' || call.method === 'HEAD'
  return withNext('/account/confirm', isComeBackTo ? hereOf(call) : call.path.replace(/\/begin$/, ''))
}
