import { z } from 'zod'
import { byCallerOf } from '#src/audit/by.ts'
import { type Answer, seeOther } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { byAddress } from '#src/limits/by-address.ts'
import { submit, Typed } from '#src/pages/form.ts'
import { attempt, type FormErrors, formErrorsOf } from '#src/pages/form-errors.ts'
import { cardPage } from '#src/pages/mail/card.ts'
import { textsFor } from '#src/pages/texts.ts'
import { reportNotMe, type Secured, undoEmailChange } from '#src/sign-in/report.ts'
import { clearingCookies } from '#src/tokens/clear-cookies.ts'
import type { World } from '#src/world/world.ts'

type Kind = 'undo' | 'not_me'

const places = { undo: '/undo-email', not_me: '/not-me' } as const

const words = {
  undo: { title: 'undo_title', lead: 'undo_lead', button: 'undo_button' },
  not_me: { title: 'not_me_title', lead: 'not_me_lead', button: 'not_me_button' },
} as const

export const showUndo = showing('undo', 'Asks to undo a change of the email. Does not use up the link.')
export const showNotMe = showing('not_me', 'Asks to end every session. Does not use up the link.')

export const sendUndo = sending('undo', 'Undoes a change of the email, and continues to a new password.')
export const sendNotMe = sending('not_me', 'Ends every session, and continues to a new password.')

function showing(kind: Kind, summary: string) {
  return endpoint({
    summary,
    query: z.object({ token: Typed }),
    responses: { 200: null },
    errors: [],
    handle: (_world: World, call) => reportPage(call, { kind, token: call.query.token, errors: undefined }),
  })
}

function sending(kind: Kind, summary: string) {
  return endpoint({
    summary,
    body: z.object({ token: Typed }),
    responses: { 303: null },
    errors: ['invalid_link', 'too_many_requests'],
    limit: byAddress('mail'),
    handle: async (world: World, call) => {
      const { token } = call.body
      const input = { token, by: byCallerOf(call) }
      const result = await attempt<Secured>(() =>
        kind === 'undo' ? undoEmailChange(world, input) : reportNotMe(world, input),
      )
      if (result.kind === 'failed') {
        const errors = formErrorsOf(textsFor(call.language), result.error)
        return reportPage(call, { kind, token, errors })
      }
      const query = new URLSearchParams({ token: result.value.resetToken })
      return clearingCookies(world, seeOther(`/reset-password?${query}`))
    },
  })
}

function reportPage(
  call: Call,
  { kind, token, errors }: { kind: Kind; token: string; errors: FormErrors | undefined },
): Answer {
  const texts = textsFor(call.language)
  return cardPage(call, {
    title: texts.get(words[kind].title),
    lead: texts.get(words[kind].lead),
    form: {
      action: places[kind],
      errors,
      hidden: { token },
      fields: [],
      button: submit(texts.get(words[kind].button)),
    },
  })
}
