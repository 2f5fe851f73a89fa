import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { html } from '#src/http/html.ts'
import { accountPage } from '#src/pages/account/account-page.ts'
import { passkeyScript } from '#src/pages/assets.ts'
import { alertBox, form, submit } from '#src/pages/form.ts'
import type { FormErrors } from '#src/pages/form-errors.ts'
import { passkeyForm } from '#src/pages/passkey-form.ts'
import { withNext } from '#src/pages/sign-in/sign-in-form.ts'
import { textsFor } from '#src/pages/texts.ts'
import type { FactorKind } from '#src/users/factor.ts'

type Shown = {
  readonly login: string
  readonly methods: readonly FactorKind[]
  readonly next: string | undefined
  readonly errors: FormErrors | undefined
}

/** The URL of the page that asks for a recent proof, and then leads to `next`. */
export function leadToConfirm(next: string): string {
  return withNext('/account/confirm', next)
}

export function confirmPage(call: Call, { login, methods, next, errors }: Shown): Answer {
  const texts = textsFor(call.language)
  const hasPassword = methods.includes('password')
  const passwordForm = form(texts, {
    action: '/account/confirm',
    errors,
    hidden: { next },
    login,
    fields: [
      {
        name: 'password',
        label: texts.get('password'),
        type: 'password',
        autocomplete: 'current-password',
        first: true,
      },
    ],
    button: submit(texts.get('confirm_button')),
    after: html`<a href="/account">${texts.get('cancel')}</a>`,
  })
  const content = html`<section class="sheet slim">
<h1>${texts.get('confirm_title')}</h1>
<p class="lead">${texts.get('confirm_lead')}</p>
${hasPassword ? passwordForm : errors && alertBox(errors.alert)}
${
  methods.includes('passkey') &&
  passkeyForm(texts, {
    kind: 'confirm',
    action: '/account/confirm',
    options: '/account/confirm/options',
    next,
    label: texts.get('passkey_confirm'),
    isPrimary: !hasPassword,
  })
}
</section>`
  const title = texts.get('confirm_title')
  return accountPage(call, { place: undefined, title, content, errors, scripts: [passkeyScript] })
}
