import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { html } from '#src/http/html.ts'
import { passkeyScript } from '#src/pages/assets.ts'
import { form, noticeBox, submit } from '#src/pages/form.ts'
import type { FormErrors } from '#src/pages/form-errors.ts'
import { answerPage } from '#src/pages/layout.ts'
import { withNext } from '#src/pages/next.ts'
import { passkeyForm } from '#src/pages/passkey-form.ts'
import { providerButtons } from '#src/pages/sign-in/provider-buttons.ts'
import { textsFor } from '#src/pages/texts.ts'
import { canSendMail } from '#src/settings/settings.ts'
import type { World } from '#src/world/world.ts'

type Shown = {
  readonly typed: { readonly login: string }
  readonly next: string | undefined
  readonly notice: string | undefined
  readonly errors: FormErrors | undefined
}

export function signInPage(world: World, call: Call, shown: Shown): Answer {
  const { typed, next, notice, errors } = shown
  const { settings } = world
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
      autocomplete: 'username webauthn',
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
  // Filled in by the script where the device can hold a passkey.
  extra: html`<input type="hidden" name="can_passkey" value="" data-can-passkey>`,
  button: submit(texts.get('sign_in')),
})}
${passkeyForm(texts, {
  kind: 'sign-in',
  action: '/sign-in/passkey',
  options: '/api/v1/auth/passkey/options',
  next,
  label: texts.get('passkey_sign_in'),
})}
${providerButtons(texts, settings, next)}
<p class="aside"><a href="/forgot-password">${texts.get('forgot_link')}</a>${
    canSendMail(settings) &&
    html`<br>
<a href="${withNext('/sign-in/code', next)}">${texts.get('code_link')}</a>`
  }${
    settings.signUp === 'open' &&
    html`<br>
${texts.get('new_here')} <a href="${withNext('/sign-up', next)}">${texts.get('create_account')}</a>`
  }</p>
</section>`
  return answerPage(call, {
    status: errors?.status ?? 200,
    title: texts.get('sign_in_title'),
    shape: 'card',
    content,
    scripts: [passkeyScript],
    ...(errors ? { headers: errors.headers } : {}),
  })
}
