import { z } from 'zod'
import { byCallerOf } from '#src/audit/by.ts'
import { empty, withCookies } from '#src/http/answer.ts'
import { callerOf } from '#src/http/call.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { text } from '#src/http/text.ts'
import { myself } from '#src/me/myself.ts'
import { clientOf } from '#src/sessions/session.ts'
import { requireProof } from '#src/sign-in/schemas.ts'
import { sendStepUpCode } from '#src/sign-in/second-factor-code.ts'
import { stepUp } from '#src/sign-in/step-up.ts'
import { pageCookies } from '#src/tokens/page-cookie.ts'
import { pairAnswer } from '#src/tokens/pair-answer.ts'
import { SignedIn } from '#src/tokens/schemas.ts'
import { furtherKinds } from '#src/users/factor.ts'
import { PasswordField } from '#src/users/fields.ts'
import type { World } from '#src/world/world.ts'

export const stepUpCall = endpoint({
  summary: 'Repeats your authentication, for calls that need a recent proof, and returns a new token pair.',
  body: z
    .strictObject({
      method: z.enum(furtherKinds),
      password: PasswordField.optional(),
      code: text({ min: 1, max: 64 }).optional(),
      response: z
        .looseObject({})
        .optional()
        .describe('For a passkey: the answer of the authenticator as JSON'),
      transport: z.enum(['body', 'cookie']).optional(),
    })
    .superRefine(requireProof)
    .meta({ examples: [{ method: 'password', password: 'plum tarot window 42' }] }),
  responses: { 200: SignedIn },
  setsCookies: ['access', 'refresh', 'session'],
  errors: [
    'wrong_password',
    'invalid_code',
    'passkey_rejected',
    'too_many_attempts',
    'busy',
    'too_many_requests',
  ],
  handle: async (world: World, call) => {
    const { userId, sessionId, via } = callerOf(call)
    const { method, password, code, response, transport } = call.body
    const steppedUp = await stepUp(world, {
      userId,
      sessionId,
      method,
      presented: { password, code, response },
      client: clientOf(call),
      by: byCallerOf(call),
    })
    const answer = pairAnswer(world, {
      pair: steppedUp.pair,
      transport: transport ?? (via === 'cookie' ? 'cookie' : 'body'),
    })
    return withCookies(answer, pageCookies(world, steppedUp))
  },
})

export const sendStepUpCodeCall = endpoint({
  summary: 'Sends the code for a step-up with the method `email_code` to the verified email.',
  responses: { 202: null },
  errors: ['no_mail', 'invalid_request', 'too_many_requests'],
  handle: async (world: World, call) => {
    const { sessionId } = callerOf(call)
    const user = await myself(world, call)
    await sendStepUpCode(world, { user, sessionId, language: call.language })
    return empty(202)
  },
})
