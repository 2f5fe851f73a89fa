import { z } from 'zod'
import { type Answer, seeOther } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { html } from '#src/http/html.ts'
import { byAddress } from '#src/limits/by-address.ts'
import { submit, Typed } from '#src/pages/form.ts'
import { attempt, type FormErrors, formErrorsOf } from '#src/pages/form-errors.ts'
import { cardPage } from '#src/pages/mail/card.ts'
import { withEmail } from '#src/pages/mail/email-query.ts'
import { emailField } from '#src/pages/mail/fields.ts'
import { textsFor } from '#src/pages/texts.ts'
import { canSendMail } from '#src/settings/settings.ts'
import { requestMessage } from '#src/sign-in/request-message.ts'
import type { World } from '#src/world/world.ts'

export const showForgot = endpoint({
  summary: 'Asks for the email of a user who forgot the password, or shows whom to contact.',
  query: z.object({ email: Typed.catch('') }),
  responses: { 200: null },
  errors: [],
  handle: (world: World, call) => forgotPage(world, call, { email: call.query.email, errors: undefined }),
})

export const sendForgot = endpoint({
  summary: 'Sends an email for setting a new password. The response is the same for any address.',
  body: z.object({ email: Typed }),
  responses: { 303: null },
  errors: ['no_mail', 'too_many_requests'],
  limit: byAddress('mail'),
  handle: async (world: World, call) => {
    const { email } = call.body
    const result = await attempt(() =>
      requestMessage(world, { purpose: 'reset', email, language: call.language }),
    )
    if (result.kind === 'done') return seeOther(withEmail('/reset-password', email))
    const errors = formErrorsOf(textsFor(call.language), result.error)
    return forgotPage(world, call, { email, errors })
  },
})

function forgotPage(
  { settings }: World,
  call: Call,
  { email, errors }: { email: string; errors: FormErrors | undefined },
): Answer {
  const texts = textsFor(call.language)
  const title = texts.get('forgot_title')
  if (!canSendMail(settings)) {
    const { supportContact } = settings
    const contact = supportContact?.replace(/^(?:mailto|tel):/, '')
    const aside =
      supportContact !== undefined &&
      html`<p><a href="${supportContact}">${texts.get('forgot_ask', { contact: contact ?? '' })}</a></p>`
    return cardPage(call, { title, lead: texts.get('forgot_no_mail'), aside })
  }
  return cardPage(call, {
    title,
    lead: texts.get('forgot_lead'),
    form: {
      action: '/forgot-password',
      errors,
      keepsTyped: true,
      fields: [emailField(texts, email)],
      button: submit(texts.get('send_message')),
    },
  })
}
