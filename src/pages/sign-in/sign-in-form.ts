import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { html } from '#src/http/html.ts'
import { form, noticeBox, submit } from '#src/pages/form.ts'
import type { FormErrors } from '#src/pages/form-errors.ts'
import { answerPage } from '#src/pages/layout.ts'
import { textsFor } from '#src/pages/texts.ts'
import type { World } from '#src/world/world.ts'

type Shown = {
  readonly typed: { readonly login: string }
  readonly next: string | undefined
  readonly notice: string | undefined
  readonly errors: FormErrors | undefined
}

export function signInPage({ settings }: World, call: Call, { typed, next, notice, errors }: Shown): Answer {
  const texts = textsFor(call.language)
  const content = html`<section class="sheet">
<h1>${texts.get('sign_in_title')}</h1>
<p class="lead">${texts.get('sign_in_lead')}</p>
${noticeBox(notice)}
${form(texts, {
  action: '/sign-in',
  errors,
  hidden: { next },
  fields: [
    {
      name: 'login',
      label: texts.get('login'),
      type: 'text',
      autocomplete: 'username',
      value: typed.login,
      first: typed.login === '',
    },
    {
      name: 'password',
      label: texts.get('password'),
      type: 'password',
      autocomplete: 'current-password',
      first: true,
    },
  ],
  button: submit(texts.get('sign_in')),
})}
${
  settings.signUp === 'open' &&
  html`<p class="aside">${texts.get('new_here')}
<a href="${withNext('/sign-up', next)}">${texts.get('create_account')}</a></p>`
}
</section>`
  return answerPage(call, {
    status: errors?.status ?? 200,
    title: texts.get('sign_in_title'),
    shape: 'card',
    content,
    ...(errors ? { headers: errors.headers } : {}),
  })
}

/** The URL of the other form, with the same destination. */
export function withNext(path: string, next: string | undefined): string {
  return next === undefined ? path : `${path}?${new URLSearchParams({ next })}`
}
