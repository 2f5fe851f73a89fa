import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { type Html, html } from '#src/http/html.ts'
import { accountPage } from '#src/pages/account/account-page.ts'
import { codeField, otherMethod, recoveryCodeField } from '#src/pages/account/security/enrolment.ts'
import { passkeyScript } from '#src/pages/assets.ts'
import { alertBox, form, noticeBox, submit } from '#src/pages/form.ts'
import type { FormErrors } from '#src/pages/form-errors.ts'
import { answerPage } from '#src/pages/layout.ts'
import { confirmWithPasskey } from '#src/pages/passkey-form.ts'
import { otherAccountPath } from '#src/pages/sign-in/other-account.ts'
import { providerButtons } from '#src/pages/sign-in/provider-buttons.ts'
import { type Texts, textsFor } from '#src/pages/texts.ts'
import { secondFactorMethods, stepUpMethods } from '#src/sessions/recent-proof.ts'
import type { Settings } from '#src/settings/settings.ts'
import type { FactorKind, FurtherKind } from '#src/users/factor.ts'
import type { User } from '#src/users/user.ts'

/** The methods that this page has a field for. */
type TypedMethod = Exclude<FurtherKind, 'passkey'>
const typedMethods: readonly TypedMethod[] = ['totp', 'password', 'email_code', 'recovery_code']

type Shown = {
  readonly user: User
  readonly settings: Settings
  readonly requested: unknown
  /** The level that an app requires: `aal2` needs a second factor or a passkey. */
  readonly level: unknown
  readonly next: string | undefined
  /** Whether a code has been sent by mail. */
  readonly isSent?: boolean
  readonly notice?: string | undefined
  readonly errors: FormErrors | undefined
}

/** The requested method if the user has it, otherwise the first that they have. */
export function typedMethod({
  settings,
  user,
  requested,
  level,
}: Pick<Shown, 'settings' | 'user' | 'requested' | 'level'>): TypedMethod | undefined {
  const all = methodsFor(settings, user, level)
  const available = typedMethods.filter((method) => all.includes(method))
  // A recovery code is the last resort: with a passkey, it is asked for only on request.
  const usual = available.filter((method) => method !== 'recovery_code' || !all.includes('passkey'))
  return available.find((method) => method === requested) ?? usual[0]
}

function methodsFor(settings: Settings, user: User, level: unknown): readonly FactorKind[] {
  return level === 'aal2' ? secondFactorMethods(user) : stepUpMethods(settings, user)
}

/** Asks for a recent proof: a field for one method, a link to another one, and the button for a passkey. */
export function confirmPage(call: Call, shown: Shown): Answer {
  const texts = textsFor(call.language)
  const { user, settings, level, next, isSent = false, notice, errors } = shown
  const method = typedMethod(shown)
  const hasPasskey = methodsFor(settings, user, level).includes('passkey')
  const isForApp = next?.startsWith('/oauth/authorize/')
  const title = texts.get('confirm_title')
  const { email } = user
  const lead = isForApp ? texts.get('confirm_lead_for_app', { email }) : texts.get('confirm_lead')
  const passkey = { action: '/account/confirm', next, isPrimary: method === undefined }
  const content = html`<section class="${isForApp ? 'sheet' : 'sheet slim'}">
<h1>${title}</h1>
<p class="lead">${lead}</p>
${noticeBox(notice)}
${confirmForm(texts, { user, method, level, next, isSent, errors })}
${hasPasskey && confirmWithPasskey(texts, passkey)}
${
  method === undefined &&
  !hasPasskey &&
  html`<p>${texts.get('confirm_impossible')}</p>${providerButtons(texts, settings, next)}`
}
${otherMethodLinks(texts, method, shown)}
${
  isForApp &&
  next !== undefined &&
  html`<p class="aside"><a href="${otherAccountPath(next)}">${texts.get('other_account')}</a></p>`
}
</section>`
  const page = { title, content, scripts: [passkeyScript] }
  if (!isForApp) return accountPage(call, { ...page, place: '/account/security', errors })
  return answerPage(call, { ...page, shape: 'card', status: 200, errors })
}

type Parts = Omit<Shown, 'requested' | 'settings' | 'notice'>

function confirmForm(texts: Texts, parts: Parts & { method: TypedMethod | undefined }): Html | undefined {
  const { method, isSent, errors } = parts
  if (!method) return errors && alertBox(errors.alert)
  return method === 'email_code' && !isSent ? sendForm(texts, parts) : typedForm(texts, { ...parts, method })
}

/** The first step of a code by mail. */
function sendForm(texts: Texts, { next, level, errors }: Parts): Html {
  return html`<p>${texts.get('confirm_email_code_lead')}</p>
${form(texts, {
  action: '/account/confirm/code',
  errors,
  hidden: { next, level: level === 'aal2' ? level : undefined },
  fields: [],
  button: submit(texts.get('send_code')),
  after: html`<a href="/account">${texts.get('cancel')}</a>`,
})}`
}

function typedForm(
  texts: Texts,
  { user, method, level, next, errors }: Parts & { method: TypedMethod },
): Html {
  return form(texts, {
    action: '/account/confirm',
    errors,
    hidden: { next, method, level: level === 'aal2' ? level : undefined },
    login: user.email,
    fields: [fieldOf(texts, method)],
    button: submit(texts.get('confirm_button')),
    after: html`<a href="/account">${texts.get('cancel')}</a>`,
  })
}

function otherMethodLinks(
  texts: Texts,
  method: TypedMethod | undefined,
  { user, settings, level, next }: Pick<Shown, 'user' | 'settings' | 'level' | 'next'>,
): Html | undefined {
  const available = methodsFor(settings, user, level)
  const others = typedMethods.filter((other) => other !== method && available.includes(other))
  if (others.length === 0) return undefined
  const links = others.map((other) => {
    const query = new URLSearchParams({
      method: other,
      ...(next === undefined ? {} : { next }),
      ...(level === 'aal2' ? { level } : {}),
    })
    return html`<a href="/account/confirm?${String(query)}">${otherMethod(texts, other)}</a><br>`
  })
  return html`<p class="aside">${links}</p>`
}

function fieldOf(texts: Texts, method: TypedMethod) {
  if (method === 'totp') return codeField(texts.get('totp_code'), texts.get('totp_code_hint'))
  if (method === 'recovery_code') return recoveryCodeField(texts.get('recovery_code'))
  if (method === 'email_code') return codeField(texts.get('code'), texts.get('code_hint'))
  return {
    name: 'password',
    label: texts.get(method satisfies 'password'),
    type: 'password',
    autocomplete: 'current-password',
    first: true,
  } as const
}
