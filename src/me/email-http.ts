import { z } from 'zod'
import { byCallerOf } from '#src/audit/by.ts'
import { empty, withCookies } from '#src/http/answer.ts'
import { callerOf } from '#src/http/call.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { confirmEmailChange, requestEmailChange } from '#src/me/change-email.ts'
import { myself } from '#src/me/myself.ts'
import { CodeField, TransportField } from '#src/sign-in/schemas.ts'
import { pageCookies } from '#src/tokens/page-cookie.ts'
import { pairAnswer } from '#src/tokens/pair-answer.ts'
import { SignedIn } from '#src/tokens/schemas.ts'
import { EmailField } from '#src/users/fields.ts'
import type { World } from '#src/world/world.ts'

export const changeMyEmail = endpoint({
  summary:
    'Sends a code to the new email. Needs a recent proof. The response is the same ' +
    'for an address that is taken.',
  body: z.strictObject({ email: EmailField }),
  responses: { 202: null },
  errors: ['step_up_required', 'no_mail', 'too_many_requests'],
  handle: async (world: World, call) => {
    const user = await myself(world, call)
    const { sessionId } = callerOf(call)
    const { email } = call.body
    await requestEmailChange(world, { user, sessionId, email, language: call.language })
    return empty(202)
  },
})

export const confirmMyEmail = endpoint({
  summary: 'Changes the email with the code, ends all other sessions and returns a new pair for this one.',
  body: z.strictObject({ code: CodeField, transport: TransportField }),
  responses: { 200: SignedIn },
  setsCookies: ['access', 'refresh', 'session'],
  errors: ['invalid_code', 'too_many_requests'],
  handle: async (world: World, call) => {
    const { userId, sessionId, via } = callerOf(call)
    const { code, transport } = call.body
    const by = byCallerOf(call)
    const changed = await confirmEmailChange(world, { userId, sessionId, code, language: call.language, by })
    const answer = pairAnswer(world, {
      pair: changed.pair,
      transport: transport ?? (via === 'cookie' ? 'cookie' : 'body'),
    })
    return withCookies(answer, pageCookies(world, changed))
  },
})
