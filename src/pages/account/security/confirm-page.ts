import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { type Html, html } from '#src/http/html.ts'
import { accountPage } from '#src/pages/account/account-page.ts'
import { codeField, otherMethod, recoveryCodeField } from '#src/pages/account/security/enrolment.ts'
import { passkeyScript } from '#src/pages/assets.ts'
import { alertBox, form, submit } from '#src/pages/form.ts'
import type { FormErrors } from '#src/pages/form-errors.ts'
import { passkeyForm } from '#src/pages/passkey-form.ts'
import { providerButtons } from '#src/pages/sign-in/provider-buttons.ts'
import { type Texts, textsFor } from '#src/pages/texts.ts'
import { stepUpMethods } from '#src/sessions/recent-proof.ts'
import type { Settings } from '#src/settings/settings.ts'
import type { User } from '#src/users/user.ts'

/** The methods that this page has a field for. */
const typedMethods = ['totp', 'password', 'recovery_code'] as const
type TypedMethod = (typeof typedMethods)[number]

type Shown = {
  readonly user: User
  readonly settings: Settings
  readonly requested: unknown
  readonly next: string | undefined
  readonly errors: FormErrors | undefined
}

/** The requested method if the user has it, otherwise the first that they have. */
export function typedMethod(settings: Settings, user: User, requested: unknown): TypedMethod | undefined {
  const available = typedMethods.filter((method) => stepUpMethods(settings, user).includes(method))
  return available.find((method) => method === requested) ?? available[0]
}

/** Asks for a recent proof: a field for one method, a link to another one, and the button for a passkey. */
export function confirmPage(call: Call, shown: Shown): Answer {
  const texts = textsFor(call.language)
  const { user, settings, requested, next, errors } = shown
  const method = typedMethod(settings, user, requested)
  const hasPasskey = stepUpMethods(settings, user).includes('passkey')
  const title = texts.get('confirm_title')
  const content = html`<section class="sheet slim">
<h1>${title}</h1>
<p class="lead">${texts.get('confirm_lead')}</p>
${method ? typedForm(texts, { user, method, next, errors }) : errors && alertBox(errors.alert)}
${hasPasskey && passkeyButton(texts, { next, isPrimary: method === undefined })}
${
  method === undefined &&
  !hasPasskey &&
  html`<p>${texts.get('confirm_impossible')}</p>${providerButtons(texts, settings, next)}`
}
${method && otherMethodLink(texts, method, shown)}
</section>`
  return accountPage(call, { place: '/account/security', title, content, errors, scripts: [passkeyScript] })
}

function typedForm(
  texts: Texts,
  { user, method, next, errors }: Omit<Shown, 'requested' | 'settings'> & { method: TypedMethod },
): Html {
  return form(texts, {
    action: '/account/confirm',
    errors,
    hidden: { next, method },
    login: user.email,
    fields: [fieldOf(texts, method)],
    button: submit(texts.get('confirm_button')),
    after: html`<a href="/account">${texts.get('cancel')}</a>`,
  })
}

function passkeyButton(
  texts: Texts,
  { next, isPrimary }: { next: string | undefined; isPrimary: boolean },
): Html {
  const button = passkeyForm(texts, {
    kind: 'confirm',
    action: '/account/confirm',
    options: '/account/confirm/options',
    next,
    label: texts.get('passkey_confirm'),
    isPrimary,
  })
  const hint = html`<noscript><p class="hint">${texts.get('passkeys_need_scripts')}</p></noscript>`
  return html`${button}${isPrimary && hint}`
}

function otherMethodLink(
  texts: Texts,
  method: TypedMethod,
  { user, settings, next }: Pick<Shown, 'user' | 'settings' | 'next'>,
) {
  const other = method === 'totp' ? 'recovery_code' : 'totp'
  if (typedMethod(settings, user, other) !== other) return undefined
  const query = new URLSearchParams({ method: other, ...(next === undefined ? {} : { next }) })
  const label = otherMethod(texts, other)
  return html`<p class="aside"><a href="/account/confirm?${String(query)}">${label}</a></p>`
}

function fieldOf(texts: Texts, method: TypedMethod) {
  if (method === 'totp') return codeField(texts.get('totp_code'), texts.get('totp_code_hint'))
  if (method === 'recovery_code') return recoveryCodeField(texts.get('recovery_code'))
  return {
    name: 'password',
    label: texts.get('password'),
    type: 'password',
    autocomplete: 'current-password',
    first: true,
  } as const
}
