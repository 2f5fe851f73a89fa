import type { Enrolment } from '#src/credentials/totp/enrol.ts'
import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { html } from '#src/http/html.ts'
import { accountPage } from '#src/pages/account/account-page.ts'
import { codeField, enrolmentForm } from '#src/pages/account/security/enrolment.ts'
import { form, noticeBox, submit } from '#src/pages/form.ts'
import type { FormErrors } from '#src/pages/form-errors.ts'
import { textsFor } from '#src/pages/texts.ts'
import type { ListedKind } from '#src/users/factor.ts'

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

/** Sends a code to the user's email, which turns on codes by mail. */
export function addEmailCodesPage(
  call: Call,
  { isSent, notice, errors }: { isSent: boolean; notice: string | undefined; errors: FormErrors | undefined },
): Answer {
  const texts = textsFor(call.language)
  const title = texts.get('email_codes_title')
  const cancel = html`<a href="/account/security">${texts.get('cancel')}</a>`
  const action = '/account/security/email_code'
  const shown = isSent
    ? form(texts, {
        action,
        errors,
        fields: [codeField(texts.get('code'), texts.get('code_hint'))],
        button: submit(texts.get('totp_confirm')),
        after: cancel,
      })
    : form(texts, {
        action: `${action}/send`,
        errors,
        fields: [],
        button: submit(texts.get('send_code')),
        after: cancel,
      })
  const content = html`<section class="sheet slim">
<h1>${title}</h1>
<p class="lead">${texts.get('email_codes_lead')}</p>
${noticeBox(notice)}
${shown}
</section>`
  return accountPage(call, { place: '/account/security', title, content, errors })
}

type Removed = {
  readonly method: ListedKind
  /** Whether it is the last second factor. */
  readonly isLast: boolean
}

/** Explains what removing a second factor means, with the safe choice first. */
export function removeFactorPage(call: Call, { method, isLast }: Removed): Answer {
  const texts = textsFor(call.language)
  const title = texts.get(`factor_remove_title_${method}`)
  const content = html`<section class="sheet slim">
<h1>${title}</h1>
<p class="lead">${texts.get(isLast ? 'last_factor_remove_lead' : 'factor_remove_lead')}</p>
${form(texts, {
  action: `/account/security/${method}/remove`,
  errors: undefined,
  fields: [],
  button: html`<a class="button" href="/account/security">${texts.get('keep')}</a>`,
  after: html`<button class="danger">${texts.get(`factor_remove_button_${method}`)}</button>`,
})}
</section>`
  return accountPage(call, { place: '/account/security', title, content })
}
