import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { html } from '#src/http/html.ts'
import { form, submit } from '#src/pages/form.ts'
import type { FormErrors } from '#src/pages/form-errors.ts'
import { answerPage } from '#src/pages/layout.ts'
import { withNext } from '#src/pages/next.ts'
import { type Texts, textsFor } from '#src/pages/texts.ts'

type Shown = {
  readonly email: string
  readonly next: string | undefined
  readonly errors: FormErrors | undefined
}

export function signUpPage(call: Call, { email, next, errors }: Shown): Answer {
  const texts = textsFor(call.language)
  const content = html`<section class="sheet">
<h1>${texts.get('sign_up_title')}</h1>
<p class="lead">${texts.get('sign_up_lead')}</p>
${form(texts, {
  action: '/sign-up',
  errors,
  hidden: { next },
  fields: fieldsOf(texts, email),
  button: submit(texts.get('create_account')),
})}
<p class="aside">${texts.get('have_account')}
<a href="${withNext('/sign-in', next)}">${texts.get('sign_in')}</a></p>
</section>`
  return answerPage(call, {
    status: 200,
    title: texts.get('sign_up_title'),
    shape: 'card',
    content,
    errors,
  })
}

function fieldsOf(texts: Texts, email: string) {
  return [
    {
      name: 'email',
      label: texts.get('email'),
      type: 'email',
      // Password managers store it as the login.
      autocomplete: 'username',
      value: email,
      first: true,
    },
    {
      name: 'password',
      label: texts.get('password'),
      type: 'password',
      autocomplete: 'new-password',
      hint: texts.get('new_password_hint'),
      isNew: true,
    },
    {
      name: 'repeat_password',
      label: texts.get('repeat_password'),
      type: 'password',
      autocomplete: 'new-password',
      isRepeat: true,
    },
  ] as const
}
