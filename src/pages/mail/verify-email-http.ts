import { z } from 'zod'
import { byCallerOf } from '#src/audit/by.ts'
import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { html } from '#src/http/html.ts'
import { byAddress } from '#src/limits/by-address.ts'
import { flashMessage, seeOtherWithFlash, withoutFlash } from '#src/pages/flash.ts'
import { submit, Typed } from '#src/pages/form.ts'
import { attempt, type FormErrors, formErrorsOf } from '#src/pages/form-errors.ts'
import { cardPage } from '#src/pages/mail/card.ts'
import { withEmail } from '#src/pages/mail/email-query.ts'
import { codeField, emailField } from '#src/pages/mail/fields.ts'
import { LinkToken } from '#src/pages/mail/link-token.ts'
import { textsFor } from '#src/pages/texts.ts'
import { requestMessage } from '#src/sign-in/request-message.ts'
import { verifyEmail } from '#src/sign-in/verify-email.ts'
import type { World } from '#src/world/world.ts'

type Shown = {
  readonly token: string | undefined
  readonly email: string
  readonly notice: string | undefined
  readonly errors: FormErrors | undefined
}

export const showVerifyEmail = endpoint({
  summary:
    'Asks to confirm an email, with the link or the code of an email. Opening the page does not use it up.',
  query: z.object({ token: LinkToken, email: Typed }),
  responses: { 200: null },
  errors: [],
  handle: (world: World, call) => {
    const { token, email } = call.query
    const notice = flashMessage(world, call)
    return withoutFlash(world, call, verifyPage(call, { token, email, notice, errors: undefined }))
  },
})

export const sendVerifyEmail = endpoint({
  summary: 'Confirms an email.',
  body: z.object({ token: LinkToken, email: Typed, code: Typed }),
  responses: { 303: null },
  errors: ['invalid_link', 'invalid_code', 'too_many_requests'],
  limit: byAddress('mail'),
  handle: async (world: World, call) => {
    const { token, email, code } = call.body
    const proof = token === undefined ? { email, code } : { token }
    const result = await attempt(() => verifyEmail(world, { proof, by: byCallerOf(call) }))
    if (result.kind === 'done')
      return seeOtherWithFlash(world, call.caller ? '/account' : '/sign-in', 'email_verified')
    const errors = formErrorsOf(textsFor(call.language), result.error, { invalid_code: 'code' })
    // If the link does not work, the code can be entered instead.
    return verifyPage(call, { token: undefined, email, notice: undefined, errors })
  },
})

export const sendVerificationMessage = endpoint({
  summary: 'Sends the confirmation email again. The response is the same for any address.',
  body: z.object({ email: Typed }),
  responses: { 303: null },
  errors: ['no_mail', 'too_many_requests'],
  limit: byAddress('mail'),
  handle: async (world: World, call) => {
    const { email } = call.body
    const { language } = call
    const result = await attempt(() => requestMessage(world, { purpose: 'verify_email', email, language }))
    if (result.kind === 'done')
      return seeOtherWithFlash(world, withEmail('/verify-email', email), 'message_sent')
    const errors = formErrorsOf(textsFor(language), result.error)
    return verifyPage(call, { token: undefined, email, notice: undefined, errors })
  },
})

function verifyPage(call: Call, { token, email, notice, errors }: Shown): Answer {
  const texts = textsFor(call.language)
  const isLink = token !== undefined
  const again = html`<form method="post" action="/verify-email/send">
<input type="hidden" name="email" value="${email}">
<button class="link">${texts.get('send_again')}</button>
</form>`
  return cardPage(call, {
    title: texts.get('verify_email_title'),
    lead: texts.get(isLink ? 'verify_email_confirm' : 'verify_email_lead'),
    notice,
    form: {
      action: '/verify-email',
      errors,
      hidden: { token },
      fields: isLink ? [] : [emailField(texts, email), codeField(texts)],
      button: submit(texts.get('verify_email_button')),
    },
    aside: !isLink && email !== '' && again,
  })
}
