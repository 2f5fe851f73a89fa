import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { html } from '#src/http/html.ts'
import { form, submit } from '#src/pages/form.ts'
import { answerPage } from '#src/pages/layout.ts'
import { withNext } from '#src/pages/next.ts'
import type { Problems } from '#src/pages/problems.ts'
import { type Texts, textsFor } from '#src/pages/texts.ts'

export type TypedAtSignUp = { readonly email: string; readonly username: string; readonly full_name: string }

type Shown = {
  readonly typed: TypedAtSignUp
  readonly next: string | undefined
  readonly problems: Problems | undefined
}

export function signUpPage(call: Call, { typed, next, problems }: Shown): Answer {
  const texts = textsFor(call.language)
  const content = html`<section class="sheet">
<h1>${texts.say('sign_up_title')}</h1>
<p class="lead">${texts.say('sign_up_lead')}</p>
${form(texts, {
  action: '/sign-up',
  problems,
  hidden: { next },
  fields: fieldsOf(texts, typed),
  button: submit(texts.say('create')),
})}
<p class="aside">${texts.say('user_already')}
<a href="${withNext('/sign-in', next)}">${texts.say('sign_in')}</a></p>
</section>`
  return answerPage(call, {
    status: problems?.status ?? 200,
    title: texts.say('sign_up_title'),
    shape: 'card',
    content,
    ...(problems ? { headers: problems.headers } : {}),
  })
}

function fieldsOf(texts: Texts, typed: TypedAtSignUp) {
  return [
    {
      name: 'email',
      label: texts.say('email'),
      type: 'email',
      autocomplete: 'email',
      value: typed.email,
      first: true,
    },
    {
      name: 'password',
      label: texts.say('password'),
      type: 'password',
      autocomplete: 'new-password',
      hint: texts.say('new_password_hint'),
    },
    {
      name: 'repeat_password',
      label: texts.say('repeat_password'),
      type: 'password',
      autocomplete: 'new-password',
    },
    {
      name: 'username',
      label: texts.say('username'),
      type: 'text',
      autocomplete: 'username',
      value: typed.username,
      hint: texts.say('username_hint'),
      optional: true,
    },
    {
      name: 'full_name',
      label: texts.say('full_name'),
      type: 'text',
      autocomplete: 'name',
      value: typed.full_name,
      optional: true,
    },
  ] as const
}
