import type { Enrolment } from '#src/credentials/totp/enrol.ts'
import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { html } from '#src/http/html.ts'
import { accountPage } from '#src/pages/account/account-page.ts'
import { enrolmentForm } from '#src/pages/account/security/enrolment.ts'
import { form, submit } from '#src/pages/form.ts'
import type { FormErrors } from '#src/pages/form-errors.ts'
import { textsFor } from '#src/pages/texts.ts'

type Shown = { readonly enrolment: Enrolment | undefined; readonly errors: FormErrors | undefined }

/** Sets up an authenticator app: first an introduction, then the QR code and the field for the first code. */
export function addTotpPage(call: Call, { enrolment, errors }: Shown): Answer {
  const texts = textsFor(call.language)
  const cancel = html`<a href="/account/security">${texts.get('cancel')}</a>`
  const shown = enrolment
    ? enrolmentForm(texts, { enrolment, action: '/account/security/totp', errors, after: cancel })
    : form(texts, {
        action: '/account/security/totp/begin',
        errors,
        fields: [],
        button: submit(texts.get('totp_begin')),
        after: cancel,
      })
  const content = html`<section class="sheet slim">
<h1>${texts.get('totp_title')}</h1>
<p class="lead">${texts.get('totp_lead')}</p>
${shown}
</section>`
  return accountPage(call, { place: '/account/security', title: texts.get('totp_title'), content, errors })
}

/** Explains what removing the app means, with the safe choice first. */
export function removeTotpPage(call: Call): Answer {
  const texts = textsFor(call.language)
  const content = html`<section class="sheet slim">
<h1>${texts.get('totp_remove_title')}</h1>
<p class="lead">${texts.get('totp_remove_lead')}</p>
${form(texts, {
  action: '/account/security/totp/remove',
  errors: undefined,
  fields: [],
  button: html`<a class="button" href="/account/security">${texts.get('keep')}</a>`,
  after: html`<button class="danger">${texts.get('totp_remove_button')}</button>`,
})}
</section>`
  return accountPage(call, { place: '/account/security', title: texts.get('totp_remove_title'), content })
}
