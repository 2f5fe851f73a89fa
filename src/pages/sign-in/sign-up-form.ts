import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { type Html, html } from '#src/http/html.ts'
import { passkeyScript } from '#src/pages/assets.ts'
import { form, submit } from '#src/pages/form.ts'
import type { FormErrors } from '#src/pages/form-errors.ts'
import { answerPage } from '#src/pages/layout.ts'
import { newAccountFields } from '#src/pages/new-account-fields.ts'
import { withNext } from '#src/pages/next.ts'
import { passkeyForm } from '#src/pages/passkey-form.ts'
import { providerButtons } from '#src/pages/sign-in/provider-buttons.ts'
import { textsFor } from '#src/pages/texts.ts'
import type { World } from '#src/world/world.ts'

type Shown = {
  readonly email: string
  readonly next: string | undefined
  readonly errors: FormErrors | undefined
  /** Signals the browser to forget a passkey whose account was not created. */
  readonly rejected?: Html | undefined
}

export function signUpPage(world: World, call: Call, { email, next, errors, rejected }: Shown): Answer {
  const texts = textsFor(call.language)
  const content = html`<section class="sheet">
<h1>${texts.get('sign_up_title')}</h1>
<p class="lead">${texts.get('sign_up_lead')}</p>
${form(texts, {
  action: '/sign-up',
  errors,
  keepsTyped: true,
  hidden: { next },
  fields: newAccountFields(texts, email),
  button: submit(texts.get('create_account')),
})}
<div class="ways"><p class="or"><span>${texts.get('or')}</span></p>
${passkeyForm(texts, {
  kind: 'sign-up',
  action: '/sign-up/passkey',
  options: '/sign-up/passkey/options',
  copied: ['email'],
  next,
  label: texts.get('passkey_sign_up'),
})}
${providerButtons(texts, world.settings, next)}</div>
${rejected}
<p class="aside">${texts.get('have_account')}
<a href="${withNext('/sign-in', next)}">${texts.get('sign_in')}</a></p>
</section>`
  return answerPage(call, {
    status: 200,
    title: texts.get('sign_up_title'),
    shape: 'card',
    content,
    scripts: [passkeyScript],
    keepsTyped: true,
    errors,
  })
}
