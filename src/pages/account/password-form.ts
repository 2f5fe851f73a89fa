import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { html } from '#src/http/html.ts'
import { accountPage } from '#src/pages/account/account-page.ts'
import { form, submit } from '#src/pages/form.ts'
import type { Problems } from '#src/pages/problems.ts'
import { type Texts, textsFor } from '#src/pages/texts.ts'

type Shown = { readonly login: string; readonly problems: Problems | undefined }

export function passwordPage(call: Call, { login, problems }: Shown): Answer {
  const texts = textsFor(call.language)
  const content = html`<section class="sheet slim">
<h1>${texts.say('password_title')}</h1>
<p class="lead">${texts.say('password_lead')}</p>
${form(texts, {
  action: '/account/password',
  problems,
  login,
  fields: fieldsOf(texts),
  button: submit(texts.say('change_password')),
})}
</section>`
  return accountPage(call, {
    place: '/account/password',
    title: texts.say('password_title'),
    content,
    problems,
  })
}

function fieldsOf(texts: Texts) {
  return [
    {
      name: 'current',
      label: texts.say('current_password'),
      type: 'password',
      autocomplete: 'current-password',
      first: true,
    },
    {
      name: 'new',
      label: texts.say('new_password'),
      type: 'password',
      autocomplete: 'new-password',
      hint: texts.say('new_password_hint'),
    },
    {
      name: 'repeat_password',
      label: texts.say('repeat_new_password'),
      type: 'password',
      autocomplete: 'new-password',
    },
  ] as const
}
