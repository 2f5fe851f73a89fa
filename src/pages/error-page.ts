import type { AppError } from '#src/errors/errors.ts'
import { type Answer, seeOther } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { html } from '#src/http/html.ts'
import { errorHeaders } from '#src/http/problem.ts'
import { answerPage } from '#src/pages/layout.ts'
import { hereOf, withNext } from '#src/pages/next.ts'
import { splitMessage } from '#src/pages/split-message.ts'
import { textsFor } from '#src/pages/texts.ts'

/**
 * An error for a browser. A visitor who has to sign in or to give a recent proof is redirected there, and
 * returns afterwards.
 */
export function errorPage(error: AppError, call: Call): Answer {
  if (error.code === 'not_signed_in') return seeOther(signInUrl(call))
  if (error.code === 'step_up_required') return seeOther(confirmUrl(call))
  const texts = textsFor(call.language)
  const { happened, toDo } = splitMessage(error.code, call.language)
  const { retryAfterSeconds } = error.details
  const content = html`<section class="sheet">
<p class="status" aria-hidden="true">${error.status}</p>
<h1>${happened}</h1>
<p>${toDo}</p>
${retryAfterSeconds && html`<p>${texts.get('wait', { seconds: Math.ceil(retryAfterSeconds) })}</p>`}
<p class="buttons"><a class="button" href="/">${texts.get('home')}</a>
<a href="/docs/errors/${error.code}">${texts.get('about_this_error')}</a></p>
<p class="hint">${texts.get('request_id')}: <code>${call.requestId}</code></p>
</section>`
  return answerPage(call, {
    status: error.status,
    title: happened,
    shape: 'card',
    content,
    headers: errorHeaders(error),
  })
}

/** A GET is returned to after signing in; a form would have to be filled in again. */
function signInUrl(call: Call): string {
  return isRepeatable(call) ? withNext('/sign-in', hereOf(call)) : '/sign-in'
}

/** Asks for a recent proof. Afterwards a form is shown again; it is not sent by itself. */
function confirmUrl(call: Call): string {
  return withNext('/account/confirm', isRepeatable(call) ? hereOf(call) : call.path.replace(/\/begin$/, ''))
}

function isRepeatable({ method }: Call): boolean {
  return method === 'GET' || method === 'HEAD'
}
