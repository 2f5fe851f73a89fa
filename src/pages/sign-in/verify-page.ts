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
import { alertBox, form, submit } from '#src/pages/form.ts'
import type { FormErrors } from '#src/pages/form-errors.ts'
import { answerPage } from '#src/pages/layout.ts'
import { withNext } from '#src/pages/next.ts'
import { canPasskeyField, confirmWithPasskey } from '#src/pages/passkey-form.ts'
import { type Texts, textsFor } from '#src/pages/texts.ts'
import type { FurtherKind } from '#src/users/factor.ts'

/** A code by mail has a separate page, which sends it. */
type ShownMethod = Exclude<FurtherKind, 'email_code'>

type Shown = { readonly next: string | undefined; readonly errors: FormErrors | undefined }

type Due = {
  readonly method: ShownMethod
  /** Everything that the sign-in accepts. */
  readonly due: readonly FurtherKind[]
}

/** Asks for one method, with links to the others and a button for a passkey. */
export function verifyPage(call: Call, { method, due, next, errors }: Shown & Due): Answer {
  const texts = textsFor(call.language)
  const { title, lead } = wordsOf(texts, method)
  const hasPasskey = due.includes('passkey')
  const passkey = { action: '/sign-in/verify', next, isPrimary: method === 'passkey' }
  const content = html`<section class="sheet">
<h1>${title}</h1>
<p class="lead">${lead}</p>
${method === 'passkey' ? errors && alertBox(errors.alert) : typedForm(texts, { method, next, errors })}
${hasPasskey && confirmWithPasskey(texts, passkey)}
<p class="aside">${otherLinks(texts, { due, shown: method, next })}
<a href="${withNext('/sign-in', next)}">${texts.get('back_to_sign_in')}</a></p>
</section>`
  return cardPage(call, { title, content, errors, scripts: [passkeyScript] })
}

function wordsOf(texts: Texts, method: ShownMethod): { title: string; lead: string } {
  if (method === 'totp') return { title: texts.get('verify_title'), lead: texts.get('verify_lead') }
  if (method === 'recovery_code')
    return { title: texts.get('verify_recovery_title'), lead: texts.get('verify_recovery_lead') }
  const title = texts.get('verify_by_mail_title')
  return { title, lead: texts.get(method === 'passkey' ? 'verify_passkey_lead' : 'verify_password_lead') }
}

function typedForm(
  texts: Texts,
  { method, next, errors }: Shown & { method: Exclude<ShownMethod, 'passkey'> },
): Html {
  return form(texts, {
    action: '/sign-in/verify',
    errors,
    hidden: { next, method },
    fields: [fieldOf(texts, method)],
    extra: html`${trustBox(texts)}${canPasskeyField}`,
    button: submit(texts.get('verify_button')),
  })
}

function fieldOf(texts: Texts, method: Exclude<ShownMethod, 'passkey'>) {
  if (method === 'totp') return codeField(texts.get('totp_code'))
  if (method === 'recovery_code') return recoveryCodeField(texts.get('recovery_code'))
  const label = texts.get(method satisfies 'password')
  return { name: 'password', label, type: 'password', autocomplete: 'current-password', first: true } as const
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

export function trustBox(texts: Texts): Html {
  return html`<p class="check"><input id="trust_device" name="trust_device" type="checkbox" value="yes">
<label for="trust_device">${texts.get('trust_device')}</label></p>`
}

/** Links to the other accepted methods. A passkey already has a button next to the form. */
export function otherLinks(
  texts: Texts,
  { due, shown, next }: { due: readonly FurtherKind[]; shown: FurtherKind; next: string | undefined },
): Html {
  const others = due.filter((kind) => kind !== shown && (kind !== 'passkey' || shown === 'email_code'))
  const links = others.map((kind) => {
    const query = new URLSearchParams({ method: kind, ...(next === undefined ? {} : { next }) })
    return html`<a href="/sign-in/verify?${String(query)}">${otherMethod(texts, kind)}</a><br>`
  })
  return html`${links}`
}
