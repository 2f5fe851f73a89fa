import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { type Html, html } from '#src/http/html.ts'
import { accountPage } from '#src/pages/account/account-page.ts'
import { form } from '#src/pages/form.ts'
import { answerPage } from '#src/pages/layout.ts'
import { type Texts, textsFor } from '#src/pages/texts.ts'

/** The form that makes new codes, and says what ends with that. */
export function renewCodesPage(call: Call, { left }: { left: number }): Answer {
  const texts = textsFor(call.language)
  const content = html`<section class="sheet slim">
<h1>${texts.say('codes_title')}</h1>
<p>${texts.say('codes_left', { left })}</p>
<p class="lead">${texts.say('codes_renew_lead')}</p>
${form(texts, {
  action: '/account/security/recovery-codes',
  problems: undefined,
  fields: [],
  button: html`<a class="button" href="/account/security">${texts.say('cancel')}</a>`,
  after: html`<button class="danger">${texts.say('codes_renew')}</button>`,
})}
</section>`
  return accountPage(call, { place: '/account/security', title: texts.say('codes_title'), content })
}

/** The codes, this once. */
export function newCodesPage(call: Call, codes: readonly string[]): Answer {
  const texts = textsFor(call.language)
  const content = codesShown(texts, codes, '/account/security')
  const title = texts.say('codes_shown_title')
  return accountPage(call, { place: '/account/security', title, content })
}

/** The same at the end of a sign-in, which goes on from here. */
export function codesAtSignIn(
  call: Call,
  { codes, next }: { codes: readonly string[]; next: string },
): Answer {
  const texts = textsFor(call.language)
  const title = texts.say('codes_shown_title')
  return answerPage(call, { status: 200, title, shape: 'card', content: codesShown(texts, codes, next) })
}

function codesShown(texts: Texts, codes: readonly string[], next: string): Html {
  return html`<section class="sheet slim">
<h1>${texts.say('codes_shown_title')}</h1>
<p class="lead">${texts.say('codes_shown_lead')}</p>
<ul class="codes">${codes.map((code) => html`<li><code>${code}</code></li>`)}</ul>
<p class="buttons"><a class="button primary" href="${next}">${texts.say('codes_done')}</a></p>
</section>`
}
