import { z } from 'zod'
import { byCallerOf } from '#src/audit/by.ts'
import { type Answer, seeOther, withCookies } from '#src/http/answer.ts'
import { type Call, callerOf } from '#src/http/call.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { html } from '#src/http/html.ts'
import { confirmEmailChange, requestEmailChange } from '#src/me/change-email.ts'
import { myself } from '#src/me/myself.ts'
import { accountPage } from '#src/pages/account/account-page.ts'
import { seeOtherWithFlash } from '#src/pages/flash.ts'
import { type FormParts, form, submit, Typed } from '#src/pages/form.ts'
import { attempt, type FormErrors, formErrorsOf } from '#src/pages/form-errors.ts'
import { codeField } from '#src/pages/mail/fields.ts'
import { renewed } from '#src/pages/page-cookies.ts'
import { textsFor } from '#src/pages/texts.ts'
import { pageCookies } from '#src/tokens/page-cookie.ts'
import { accessCookie } from '#src/tokens/pair-answer.ts'
import type { World } from '#src/world/world.ts'

export const showEmail = endpoint({
  summary: 'Asks for a new email.',
  responses: { 200: null },
  errors: ['not_signed_in'],
  handle: (world: World, call) => renewed(world, call, emailPage(call, { email: '', errors: undefined })),
})

export const sendEmail = endpoint({
  summary: 'Sends a code to the new email, or redirects to the page that asks for a recent proof.',
  body: z.object({ email: Typed }),
  responses: { 303: null },
  errors: ['not_signed_in', 'no_mail', 'too_many_requests'],
  handle: async (world: World, call) => {
    const { email } = call.body
    const { sessionId } = callerOf(call)
    const user = await myself(world, call)
    const request = { user, sessionId, email, language: call.language }
    const result = await attempt(() => requestEmailChange(world, request))
    if (result.kind === 'done') return seeOther('/account/email/confirm')
    if (result.error.code === 'step_up_required') return seeOther('/account/confirm?next=/account/email')
    return emailPage(call, { email, errors: formErrorsOf(textsFor(call.language), result.error) })
  },
})

export const showEmailConfirmation = endpoint({
  summary: 'Asks for the code that was sent to the new address.',
  responses: { 200: null },
  errors: ['not_signed_in'],
  handle: (world: World, call) => renewed(world, call, confirmationPage(call, undefined)),
})

export const sendEmailConfirmation = endpoint({
  summary: 'Changes the email. This page session stays, all others end.',
  body: z.object({ code: Typed }),
  responses: { 303: null },
  errors: ['not_signed_in', 'invalid_code', 'too_many_requests'],
  handle: async (world: World, call) => {
    const { userId, sessionId } = callerOf(call)
    const { language, body } = call
    const confirmation = { userId, sessionId, code: body.code, language, by: byCallerOf(call) }
    const result = await attempt(() => confirmEmailChange(world, confirmation))
    if (result.kind === 'failed') {
      return confirmationPage(call, formErrorsOf(textsFor(language), result.error, { invalid_code: 'code' }))
    }
    const answer = seeOtherWithFlash(world, '/account', 'email_changed')
    return withCookies(answer, [accessCookie(world, result.value.pair), ...pageCookies(world, result.value)])
  },
})

function emailPage(call: Call, { email, errors }: { email: string; errors: FormErrors | undefined }): Answer {
  const texts = textsFor(call.language)
  const label = texts.get('new_email')
  return slimPage(call, {
    title: texts.get('email_title'),
    lead: texts.get('email_lead'),
    form: {
      action: '/account/email',
      errors,
      fields: [{ name: 'email', label, type: 'email', autocomplete: 'email', value: email, first: true }],
      button: submit(texts.get('send_code')),
    },
  })
}

function confirmationPage(call: Call, errors: FormErrors | undefined): Answer {
  const texts = textsFor(call.language)
  return slimPage(call, {
    title: texts.get('email_confirm_title'),
    lead: texts.get('email_confirm_lead'),
    form: {
      action: '/account/email/confirm',
      errors,
      fields: [codeField(texts)],
      button: submit(texts.get('change_email')),
    },
  })
}

function slimPage(call: Call, shown: { title: string; lead: string; form: FormParts }): Answer {
  const { title, lead, form: parts } = shown
  const content = html`<section class="sheet slim">
<h1>${title}</h1>
<p class="lead">${lead}</p>
${form(textsFor(call.language), parts)}
</section>`
  return accountPage(call, { place: '/account/profile', title, content, errors: parts.errors })
}
