import type { Enrolment } from '#src/credentials/totp/enrol.ts'
import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { html } from '#src/http/html.ts'
import { accountPage } from '#src/pages/account/account-page.ts'
import { enrolmentForm } from '#src/pages/account/security/enrolment.ts'
import { form, submit } from '#src/pages/form.ts'
import type { Problems } from '#src/pages/problems.ts'
import { textsFor } from '#src/pages/texts.ts'

type Shown = { readonly enrolment: Enrolment | undefined; readonly problems: Problems | undefined }

/** Sets up an authenticator app: first what it is for, then the QR code and the first code. */
export function addTotpPage(call: Call, { enrolment, problems }: Shown): Answer {
  const texts = textsFor(call.language)
  const cancel = html`<a href="/account/security">${texts.say('cancel')}</a>`
  const shown = enrolment
    ? enrolmentForm(texts, { enrolment, action: '/account/security/totp', problems, after: cancel })
    : form(texts, {
        action: '/account/security/totp/begin',
        problems,
        fields: [],
        button: submit(texts.say('totp_begin')),
        after: cancel,
      })
  const content = html`<section class="sheet slim">
<h1>${texts.say('totp_title')}</h1>
<p class="lead">${texts.say('totp_lead')}</p>
${shown}
</section>`
  return accountPage(call, { place: '/account/security', title: texts.say('totp_title'), content, problems })
}

/** Says what ends with the app, with the safe way out first. */
export function removeTotpPage(call: Call): Answer {
  const texts = textsFor(call.language)
  const content = html`<section class="sheet slim">
<h1>${texts.say('totp_remove_title')}</h1>
<p class="lead">${texts.say('totp_remove_lead')}</p>
${form(texts, {
  action: '/account/security/totp/remove',
  problems: undefined,
  fields: [],
  button: html`<a class="button" href="/account/security">${texts.say('keep')}</a>`,
  after: html`<button class="danger">${texts.say('totp_remove_button')}</button>`,
})}
</section>`
  return accountPage(call, { place: '/account/security', title: texts.say('totp_remove_title'), content })
}
