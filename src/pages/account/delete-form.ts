import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { html } from '#src/http/html.ts'
import { accountPage } from '#src/pages/account/account-page.ts'
import { form } from '#src/pages/form.ts'
import type { Problems } from '#src/pages/problems.ts'
import { textsFor } from '#src/pages/texts.ts'

type Shown = {
  readonly login: string
  readonly asksPassword: boolean
  readonly problems: Problems | undefined
}

export function deletePage(call: Call, { login, asksPassword, problems }: Shown): Answer {
  const texts = textsFor(call.language)
  const content = html`<section class="sheet slim">
<h1>${texts.say('delete_title')}</h1>
<p class="lead">${texts.say('delete_lead')}</p>
${form(texts, {
  action: '/account/delete',
  problems,
  login,
  fields: asksPassword ? [passwordField(texts.say('password'))] : [],
  button: html`<button class="danger">${texts.say('delete_button')}</button>`,
  after: html`<a href="/account">${texts.say('cancel')}</a>`,
})}
</section>`
  return accountPage(call, { place: undefined, title: texts.say('delete_title'), content, problems })
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
