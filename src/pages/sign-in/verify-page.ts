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
import { form, submit } from '#src/pages/form.ts'
import { answerPage } from '#src/pages/layout.ts'
import { withNext } from '#src/pages/next.ts'
import type { Problems } from '#src/pages/problems.ts'
import { type Texts, textsFor } from '#src/pages/texts.ts'

/** The methods that a page of the sign-in has a field for. */
export const verifyMethods = ['totp', 'recovery_code'] as const
export type VerifyMethod = (typeof verifyMethods)[number]

type Shown = { readonly next: string | undefined; readonly problems: Problems | undefined }

/** Asks for a code, with the other way below. */
export function verifyPage(
  call: Call,
  { method, other, next, problems }: Shown & { method: VerifyMethod; other: VerifyMethod | undefined },
): Answer {
  const texts = textsFor(call.language)
  const isApp = method === 'totp'
  const title = texts.say(isApp ? 'verify_title' : 'verify_recovery_title')
  const content = html`<section class="sheet">
<h1>${title}</h1>
<p class="lead">${texts.say(isApp ? 'verify_lead' : 'verify_recovery_lead')}</p>
${form(texts, {
  action: '/sign-in/verify',
  problems,
  hidden: { next, method },
  fields: [isApp ? codeField(texts.say('totp_code')) : recoveryCodeField(texts.say('recovery_code'))],
  extra: trustBox(texts),
  button: submit(texts.say('verify_button')),
})}
<p class="aside">${other && otherLink(texts, other, next)}
<a href="${withNext('/sign-in', next)}">${texts.say('back_to_sign_in')}</a></p>
</section>`
  return cardPage(call, title, content, problems)
}

/** Leads through the set-up that the policy wants before the sign-in can complete. */
export function enrollPage(
  call: Call,
  { enrolment, next, problems }: Shown & { enrolment: Enrolment | undefined },
): Answer {
  const texts = textsFor(call.language)
  const title = texts.say('enroll_title')
  const after = html`<a href="${withNext('/sign-in', next)}">${texts.say('back_to_sign_in')}</a>`
  const hidden = { next, method: 'totp' }
  const shown = enrolment
    ? enrolmentForm(texts, { enrolment, action: '/sign-in/verify', hidden, problems, after })
    : form(texts, {
        action: '/sign-in/verify/set-up',
        problems,
        hidden: { next },
        fields: [],
        button: submit(texts.say('totp_begin')),
        after,
      })
  const content = html`<section class="sheet">
<h1>${title}</h1>
<p class="lead">${texts.say('enroll_lead')}</p>
${shown}
</section>`
  return cardPage(call, title, content, problems)
}

function cardPage(call: Call, title: string, content: Html, problems: Problems | undefined): Answer {
  return answerPage(call, {
    status: problems?.status ?? 200,
    title,
    shape: 'card',
    content,
    ...(problems ? { headers: problems.headers } : {}),
  })
}

function trustBox(texts: Texts): Html {
  return html`<p class="check"><input id="trust_device" name="trust_device" type="checkbox" value="yes">
<label for="trust_device">${texts.say('trust_device')}</label></p>`
}

function otherLink(texts: Texts, other: VerifyMethod, next: string | undefined): Html {
  const query = new URLSearchParams({ method: other, ...(next === undefined ? {} : { next }) })
  return html`<a href="/sign-in/verify?${String(query)}">${otherMethod(texts, other)}</a><br>`
}
