import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { html } from '#src/http/html.ts'
import { accountPage } from '#src/pages/account/account-page.ts'
import { form } from '#src/pages/form.ts'
import type { FormErrors } from '#src/pages/form-errors.ts'
import { textsOf } from '#src/pages/texts.ts'

type Shown = {
  readonly login: string
  readonly asksPassword: boolean
  /** How long the account can be restored, in days; 0 if it is deleted at once. */
  readonly graceDays: number
  readonly errors: FormErrors | undefined
}

/** Explains what is deleted, what remains and why, with the safe choice first. */
export function deletePage(call: Call, { login, asksPassword, graceDays, errors }: Shown): Answer {
  const texts = textsOf(call)
  const days = Math.ceil(graceDays)
  const content = html`<section class="sheet narrow">
<h1>${texts.get('delete_title')}</h1>
<p class="lead">${days > 0 ? texts.get('delete_lead_later', { days }) : texts.get('delete_lead')}</p>
<ul class="effects"><li>${texts.get('delete_effect_sessions')}</li>
<li>${texts.get('delete_effect_data')}</li>
<li>${texts.get('delete_effect_kept')}</li></ul>
<p class="hint"><a href="/account/data">${texts.get('delete_export_first')}</a></p>
${form(texts, {
  action: '/account/delete',
  errors,
  login,
  fields: asksPassword ? [passwordField(texts.get('password'))] : [],
  button: html`<a class="button primary" href="/account/data">${texts.get('delete_keep')}</a>`,
  after: html`<button class="danger">${texts.get('delete_button')}</button>`,
})}
</section>`
  return accountPage(call, {
    place: '/account/data',
    title: texts.get('delete_title'),
    content,
    errors,
  })
}

function passwordField(label: string) {
  return {
    name: 'password',
    label,
    type: 'password',
    autocomplete: 'current-password',
    first: true,
  } as const
}
