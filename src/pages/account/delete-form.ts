import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { html } from '#src/http/html.ts'
import { accountPage } from '#src/pages/account/account-page.ts'
import { form } from '#src/pages/form.ts'
import type { FormErrors } from '#src/pages/form-errors.ts'
import { textsFor } from '#src/pages/texts.ts'

type Shown = {
  readonly login: string
  readonly asksPassword: boolean
  readonly errors: FormErrors | undefined
}

export function deletePage(call: Call, { login, asksPassword, errors }: Shown): Answer {
  const texts = textsFor(call.language)
  const content = html`<section class="sheet slim">
<h1>${texts.get('delete_title')}</h1>
<p class="lead">${texts.get('delete_lead')}</p>
${form(texts, {
  action: '/account/delete',
  errors,
  login,
  fields: asksPassword ? [passwordField(texts.get('password'))] : [],
  button: html`<button class="danger">${texts.get('delete_button')}</button>`,
  after: html`<a href="/account">${texts.get('cancel')}</a>`,
})}
</section>`
  return accountPage(call, { place: undefined, title: texts.get('delete_title'), content, errors })
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
