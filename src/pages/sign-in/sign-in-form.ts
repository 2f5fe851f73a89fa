import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { type Html, html } from '#src/http/html.ts'
import { passkeyScript } from '#src/pages/assets.ts'
import { form, noticeBox, submit } from '#src/pages/form.ts'
import type { FormErrors } from '#src/pages/form-errors.ts'
import { answerPage } from '#src/pages/layout.ts'
import { withNext } from '#src/pages/next.ts'
import { canPasskeyField, passkeyForm } from '#src/pages/passkey-form.ts'
import { lastMethodOf, lastUsedBadge } from '#src/pages/sign-in/last-method.ts'
import { providerButtons } from '#src/pages/sign-in/provider-buttons.ts'
import { type Texts, textsFor } from '#src/pages/texts.ts'
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
  const others = otherWays(world, call, next)
  const content = html`<section class="sheet">
<h1>${texts.get('sign_in_title')}</h1>
${noticeBox(notice)}
${form(texts, {
  action: '/sign-in',
  errors,
  keepsTyped: true,
  hidden: { next },
  fields: fieldsOf(texts, typed.login),
  extra: canPasskeyField,
  button: html`${submit(texts.get('sign_in'))}${lastUsed(texts, call, world, 'password')}`,
})}
<div class="ways"><p class="or"><span>${texts.get('or')}</span></p>
${others}</div>
${
  settings.signUp === 'open' &&
  html`<p class="aside">${texts.get('new_here')}
<a href="${withNext('/sign-up', next)}">${texts.get('create_account')}</a></p>`
}
</section>`
  return answerPage(call, {
    status: 200,
    title: texts.get('sign_in_title'),
    shape: 'card',
    content,
    scripts: [passkeyScript],
    keepsTyped: true,
    errors,
  })
}

function fieldsOf(texts: Texts, login: string) {
  return [
    {
      name: 'login',
      label: texts.get('login'),
      type: 'text',
      inputMode: 'email',
      autocomplete: 'username webauthn',
      value: login,
      first: login === '',
    },
    {
      name: 'password',
      label: texts.get('password'),
      type: 'password',
      autocomplete: 'current-password',
      first: true,
      aside: html`<a href="/forgot-password">${texts.get('forgot_link')}</a>`,
    },
  ] as const
}

/** Further ways to sign in, below the form. */
function otherWays(world: World, call: Call, next: string | undefined): Html {
  const { settings } = world
  const texts = textsFor(call.language)
  const code = html`<a class="button" href="${withNext('/sign-in/code', next)}">${texts.get('code_link')}</a>`
  return html`${passkeyForm(texts, {
    kind: 'sign-in',
    action: '/sign-in/passkey',
    options: '/api/v1/auth/passkey/options',
    next,
    label: texts.get('passkey_sign_in'),
    after: lastUsed(texts, call, world, 'passkey'),
  })}
${canSendMail(settings) && html`<div class="way">${code}${lastUsed(texts, call, world, 'email_code')}</div>`}
${providerButtons(texts, settings, next, lastMethodOf(world, call))}`
}

function lastUsed(texts: Texts, call: Call, world: World, method: string): Html | undefined {
  return lastMethodOf(world, call) === method ? lastUsedBadge(texts) : undefined
}
