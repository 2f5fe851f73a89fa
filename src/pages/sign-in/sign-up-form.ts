import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { type Html, html } from '#src/http/html.ts'
import { passkeyScript } from '#src/pages/assets.ts'
import { form, submit } from '#src/pages/form.ts'
import type { FormErrors } from '#src/pages/form-errors.ts'
import { answerPage } from '#src/pages/layout.ts'
import { withNext } from '#src/pages/next.ts'
import { passkeyForm } from '#src/pages/passkey-form.ts'
import { providerButtons } from '#src/pages/sign-in/provider-buttons.ts'
import { type Texts, textsFor } from '#src/pages/texts.ts'
import type { World } from '#src/world/world.ts'

export type TypedAtSignUp = { readonly email: string; readonly username: string; readonly full_name: string }

type Shown = {
  readonly typed: TypedAtSignUp
  readonly next: string | undefined
  readonly errors: FormErrors | undefined
  /** Tells the browser to forget a passkey whose account was not created. */
  readonly rejected?: Html | undefined
}

export function signUpPage(world: World, call: Call, { typed, next, errors, rejected }: Shown): Answer {
  const texts = textsFor(call.language)
  const content = html`<section class="sheet">
<h1>${texts.get('sign_up_title')}</h1>
<p class="lead">${texts.get('sign_up_lead')}</p>
${form(texts, {
  action: '/sign-up',
  errors,
  hidden: { next },
  fields: fieldsOf(texts, typed),
  button: submit(texts.get('create_account')),
})}
${passkeyForm(texts, {
  kind: 'sign-up',
  action: '/sign-up/passkey',
  options: '/sign-up/passkey/options',
  copied: ['email', 'username', 'full_name'],
  next,
  label: texts.get('passkey_sign_up'),
})}
${rejected}
${providerButtons(texts, world.settings, next)}
<p class="aside">${texts.get('have_account')}
<a href="${withNext('/sign-in', next)}">${texts.get('sign_in')}</a></p>
</section>`
  return answerPage(call, {
    status: errors?.status ?? 200,
    title: texts.get('sign_up_title'),
    shape: 'card',
    content,
    scripts: [passkeyScript],
    ...(errors ? { headers: errors.headers } : {}),
  })
}

function fieldsOf(texts: Texts, typed: TypedAtSignUp) {
  return [
    {
      name: 'email',
      label: texts.get('email'),
      type: 'email',
      autocomplete: 'email',
      value: typed.email,
      first: true,
    },
    {
      name: 'password',
      label: texts.get('password'),
      type: 'password',
      autocomplete: 'new-password',
      hint: texts.get('new_password_hint'),
    },
    {
      name: 'repeat_password',
      label: texts.get('repeat_password'),
      type: 'password',
      autocomplete: 'new-password',
    },
    {
      name: 'username',
      label: texts.get('username'),
      type: 'text',
      autocomplete: 'username',
      value: typed.username,
      hint: texts.get('username_hint'),
      optional: true,
    },
    {
      name: 'full_name',
      label: texts.get('full_name'),
      type: 'text',
      autocomplete: 'name',
      value: typed.full_name,
      optional: true,
    },
  ] as const
}
