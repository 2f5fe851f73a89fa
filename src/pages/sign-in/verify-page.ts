import type { Enrolment } from '#src/credentials/totp/enrol.ts'
import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { type Html, html } from '#src/http/html.ts'
import {
  codeField,
  enrolmentForm,
  otherMethod,
  recoveryCodeField,
} from '#src/pages/account/security/enrolment.ts'
import { passkeyScript } from '#src/pages/assets.ts'
import { form, submit } from '#src/pages/form.ts'
import type { FormErrors } from '#src/pages/form-errors.ts'
import { answerPage } from '#src/pages/layout.ts'
import { withNext } from '#src/pages/next.ts'
import { passkeyForm } from '#src/pages/passkey-form.ts'
import { type Texts, textsFor } from '#src/pages/texts.ts'

/** The methods that a page of the sign-in has a field for. */
export const verifyMethods = ['totp', 'recovery_code'] as const
export type VerifyMethod = (typeof verifyMethods)[number]

type Shown = { readonly next: string | undefined; readonly errors: FormErrors | undefined }

type Due = {
  readonly method: VerifyMethod
  readonly other: VerifyMethod | undefined
  readonly hasPasskey: boolean
}

/** Asks for a code, with a link to the other method and a button for a passkey. */
export function verifyPage(call: Call, { method, other, hasPasskey, next, errors }: Shown & Due): Answer {
  const texts = textsFor(call.language)
  const isApp = method === 'totp'
  const title = texts.get(isApp ? 'verify_title' : 'verify_recovery_title')
  const content = html`<section class="sheet">
<h1>${title}</h1>
<p class="lead">${texts.get(isApp ? 'verify_lead' : 'verify_recovery_lead')}</p>
${form(texts, {
  action: '/sign-in/verify',
  errors,
  hidden: { next, method },
  fields: [isApp ? codeField(texts.get('totp_code')) : recoveryCodeField(texts.get('recovery_code'))],
  extra: trustBox(texts),
  button: submit(texts.get('verify_button')),
})}
${hasPasskey && passkeyButton(texts, next)}
<p class="aside">${other && otherLink(texts, other, next)}
<a href="${withNext('/sign-in', next)}">${texts.get('back_to_sign_in')}</a></p>
</section>`
  return cardPage(call, { title, content, errors, scripts: hasPasskey ? [passkeyScript] : [] })
}

function passkeyButton(texts: Texts, next: string | undefined): Html {
  return passkeyForm(texts, {
    kind: 'confirm',
    action: '/sign-in/verify',
    options: '/sign-in/verify/options',
    next,
    label: texts.get('passkey_confirm'),
  })
}

/** Sets up the second factor that the policy requires before the sign-in can complete. */
export function enrollPage(
  call: Call,
  { enrolment, next, errors }: Shown & { enrolment: Enrolment | undefined },
): Answer {
  const texts = textsFor(call.language)
  const title = texts.get('enroll_title')
  const after = html`<a href="${withNext('/sign-in', next)}">${texts.get('back_to_sign_in')}</a>`
  const hidden = { next, method: 'totp' }
  const shown = enrolment
    ? enrolmentForm(texts, { enrolment, action: '/sign-in/verify', hidden, errors, after })
    : form(texts, {
        action: '/sign-in/verify/set-up',
        errors,
        hidden: { next },
        fields: [],
        button: submit(texts.get('totp_begin')),
        after,
      })
  const content = html`<section class="sheet">
<h1>${title}</h1>
<p class="lead">${texts.get('enroll_lead')}</p>
${shown}
</section>`
  return cardPage(call, { title, content, errors, scripts: [] })
}

type Card = {
  readonly title: string
  readonly content: Html
  readonly errors: FormErrors | undefined
  readonly scripts: readonly string[]
}

function cardPage(call: Call, { title, content, errors, scripts }: Card): Answer {
  return answerPage(call, {
    status: 200,
    title,
    shape: 'card',
    content,
    errors,
    ...(scripts.length > 0 ? { scripts } : {}),
  })
}

function trustBox(texts: Texts): Html {
  return html`<p class="check"><input id="trust_device" name="trust_device" type="checkbox" value="yes">
<label for="trust_device">${texts.get('trust_device')}</label></p>`
}

function otherLink(texts: Texts, other: VerifyMethod, next: string | undefined): Html {
  const query = new URLSearchParams({ method: other, ...(next === undefined ? {} : { next }) })
  return html`<a href="/sign-in/verify?${String(query)}">${otherMethod(texts, other)}</a><br>`
}
