import type { AppError } from '#src/errors/errors.ts'
import { type Answer, seeOther, withCookies } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { clearCookie, cookieName, setCookie } from '#src/http/cookies.ts'
import { type Html, html } from '#src/http/html.ts'
import { errorHeaders } from '#src/http/problem.ts'
import { codeBlock } from '#src/pages/components/code-block.ts'
import { answerPage } from '#src/pages/layout.ts'
import { hereOf, withNext } from '#src/pages/next.ts'
import { splitMessage } from '#src/pages/split-message.ts'
import { type Texts, textsFor } from '#src/pages/texts.ts'

/**
 * An error for a browser. A visitor who has to sign in or to give a recent proof is redirected to that page,
 * and returns afterwards.
 */
export function errorPage(error: AppError, call: Call): Answer {
  if (error.code === 'not_signed_in') return leadToSignIn(call)
  if (error.code === 'step_up_required') return seeOther(confirmUrl(call))
  const texts = textsFor(call.language)
  // For people, a URL that only supports other methods is a missing page.
  const shownCode = error.code === 'method_not_allowed' ? 'not_found' : error.code
  const { happened, toDo } = splitMessage(shownCode, call.language)
  // A wrong URL has no form whose fields could be corrected.
  const isWrongUrl = error.code === 'invalid_request' && isRepeatable(call)
  const { retryAfterSeconds } = error.details
  const isConsole = isOfConsole(call.path)
  const content = html`<section class="sheet">
${problemIcon}
<h1>${happened}</h1>
<p>${isWrongUrl ? texts.get('wrong_url') : toDo}</p>
${retryAfterSeconds && html`<p>${texts.get('wait', { seconds: Math.ceil(retryAfterSeconds) })}</p>`}
${error.code === 'forbidden' && isConsole && howToEnter(texts)}
${error.code === 'cross_site' ? elsewhere(call, texts) : homeButton(texts)}
<p class="hint"><a href="/docs/errors/${error.code}">${texts.get('about_this_error')}</a> ·
${error.status} · ${texts.get('request_id')}: <code>${call.requestId}</code></p>
</section>`
  return answerPage(call, {
    status: error.status,
    title: happened,
    shape: 'card',
    content,
    headers: errorHeaders(error),
  })
}

function homeButton(texts: Texts): Html {
  return html`<p class="buttons"><a class="button primary" href="/">${texts.get('home')}</a></p>`
}

/** A form that was opened at a URL other than the public one, such as the IP address of the machine. */
function elsewhere({ site, path, header }: Call, texts: Texts): Html {
  const origin = header('origin')
  const opened = origin?.startsWith('http') ? texts.get('opened_at', { origin, url: site.url }) : ''
  return html`<p>${opened}</p>
<p class="buttons"><a class="button primary" href="${site.url}${path}">${texts.get('open_there')}</a></p>`
}

/** The console without the role: instructions for the operator of the server. */
function howToEnter(texts: Texts): Html {
  const commands = [
    'sigil role grant you@example.org admin',
    'sigil admin create --email you@example.org --password-stdin',
  ]
  return html`<p>${texts.get('console_needs_role')}</p>
${codeBlock(texts.get('as_command'), commands.join('\n'))}`
}

const problemIcon = html`<svg class="problem-icon" viewBox="0 0 24 24" fill="none" stroke="currentColor"
 stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path
 d="M12 4 2.8 20h18.4zM12 10v4.5M12 17.2v.1"/></svg>`

/** A browser with the cookie of an ended session is shown why it has to sign in. */
function leadToSignIn(call: Call): Answer {
  const { cookies, site } = call
  const answer = seeOther(signInUrl(call))
  const isSecure = site.url.startsWith('https:')
  if (cookies.get(cookieName('session', isSecure)) === undefined) return answer
  return withCookies(answer, [
    setCookie('flash', 'session_over', flashSeconds, isSecure),
    clearCookie('session', isSecure),
  ])
}

const flashSeconds = 60

/** After signing in, the visitor returns to a GET; a form would have to be filled in again. */
function signInUrl(call: Call): string {
  return isRepeatable(call) ? withNext('/sign-in', hereOf(call)) : '/sign-in'
}

/** Asks for a recent proof. Afterwards a form is shown again; it is not submitted automatically. */
function confirmUrl(call: Call): string {
  return withNext('/account/confirm', isRepeatable(call) ? hereOf(call) : pageOfForm(call.path))
}

/** The page that a form is on. */
function pageOfForm(path: string): string {
  // Forms of the console are on a confirmation page, or are buttons on the page of what they change.
  if (isOfConsole(path)) return path.replace(/\/(?:enable|unlock|retry)$|(?<=\/users\/[\w-]+)\/roles$/, '')
  return path.replace(/\/begin$|\/export$|\/[\w-]{22}\/remove$/, '')
}

function isOfConsole(path: string): boolean {
  return path === '/admin' || path.startsWith('/admin/')
}

function isRepeatable({ method }: Call): boolean {
  return method === 'GET' || method === 'HEAD'
}
