import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { html } from '#src/http/html.ts'
import { accountPage } from '#src/pages/account/account-page.ts'
import { form, submit } from '#src/pages/form.ts'
import type { FormErrors } from '#src/pages/form-errors.ts'
import { type Texts, textsFor } from '#src/pages/texts.ts'

type Shown = { readonly login: string; readonly errors: FormErrors | undefined }

export function passwordPage(call: Call, { login, errors }: Shown): Answer {
  const texts = textsFor(call.language)
  const content = html`<section class="sheet slim">
<h1>${texts.get('password_title')}</h1>
<p class="lead">${texts.get('password_lead')}</p>
${form(texts, {
  action: '/account/password',
  errors,
  login,
  fields: fieldsOf(texts),
  button: submit(texts.get('change_password')),
})}
</section>`
  return accountPage(call, {
    place: '/account/security',
    title: texts.get('password_title'),
    content,
    errors,
  })
}

function fieldsOf(texts: Texts) {
  return [
    {
      name: 'current',
      label: texts.get('current_password'),
      type: 'password',
      autocomplete: 'current-password',
      first: true,
    },
    {
      name: 'new',
      label: texts.get('new_password'),
      type: 'password',
      autocomplete: 'new-password',
      hint: texts.get('new_password_hint'),
      isNew: true,
    },
    {
      name: 'repeat_password',
      label: texts.get('repeat_new_password'),
      type: 'password',
      autocomplete: 'new-password',
      isRepeat: true,
    },
  ] as const
}
