import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { type Html, html } from '#src/http/html.ts'
import { accountPage } from '#src/pages/account/account-page.ts'
import { form } from '#src/pages/form.ts'
import { answerPage } from '#src/pages/layout.ts'
import { type Texts, textsFor } from '#src/pages/texts.ts'

/** The form to create new codes. */
export function renewCodesPage(call: Call, { left }: { left: number }): Answer {
  const texts = textsFor(call.language)
  const content = html`<section class="sheet slim">
<h1>${texts.get('codes_title')}</h1>
<p>${texts.get('codes_left', { left })}</p>
<p class="lead">${texts.get('codes_renew_lead')}</p>
${form(texts, {
  action: '/account/security/recovery-codes',
  errors: undefined,
  fields: [],
  button: html`<a class="button" href="/account/security">${texts.get('cancel')}</a>`,
  after: html`<button class="danger">${texts.get('codes_renew')}</button>`,
})}
</section>`
  return accountPage(call, { place: '/account/security', title: texts.get('codes_title'), content })
}

/** The new codes, which are shown only once. */
export function newCodesPage(call: Call, codes: readonly string[]): Answer {
  const texts = textsFor(call.language)
  const content = codesShown(texts, codes, '/account/security')
  const title = texts.get('codes_shown_title')
  return accountPage(call, { place: '/account/security', title, content })
}

/** The same at the end of a sign-in. */
export function codesAtSignIn(
  call: Call,
  { codes, next }: { codes: readonly string[]; next: string },
): Answer {
  const texts = textsFor(call.language)
  const title = texts.get('codes_shown_title')
  return answerPage(call, { status: 200, title, shape: 'card', content: codesShown(texts, codes, next) })
}

function codesShown(texts: Texts, codes: readonly string[], next: string): Html {
  return html`<section class="sheet slim">
<h1>${texts.get('codes_shown_title')}</h1>
<p class="lead">${texts.get('codes_shown_lead')}</p>
<ul class="codes">${codes.map((code) => html`<li><code>${code}</code></li>`)}</ul>
<p class="buttons"><a class="button primary" href="${next}">${texts.get('codes_done')}</a>
<a class="button" href="${fileOf(codes)}" download="recovery-codes.txt">${texts.get('codes_download')}</a></p>
</section>`
}

/** The browser makes the file from the page: the codes are not sent again. */
function fileOf(codes: readonly string[]): string {
  return `data:text/plain;charset=utf-8,${encodeURIComponent(`${codes.join('\n')}\n`)}`
}
