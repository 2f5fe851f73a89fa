import { z } from 'zod'
import { byCallerOf } from '#src/audit/by.ts'
import { proofOptions } from '#src/credentials/passkeys/options.ts'
import { RequestOptions } from '#src/credentials/passkeys/schemas.ts'
import { type Answer, json, seeOther, withCookies } from '#src/http/answer.ts'
import { callerOf } from '#src/http/call.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { myself } from '#src/me/myself.ts'
import { confirmPage, typedMethod } from '#src/pages/account/security/confirm-page.ts'
import { flashMessage, seeOtherWithFlash, withoutFlash } from '#src/pages/flash.ts'
import { Typed, TypedPassword } from '#src/pages/form.ts'
import { attempt, formErrorsOf } from '#src/pages/form-errors.ts'
import { safeNext } from '#src/pages/next.ts'
import { renewed } from '#src/pages/page-cookies.ts'
import { PasskeyResponse, passkeyResponseIn } from '#src/pages/passkey-form.ts'
import { textsFor } from '#src/pages/texts.ts'
import { clientOf } from '#src/sessions/session.ts'
import { sendStepUpCode } from '#src/sign-in/second-factor-code.ts'
import { stepUp } from '#src/sign-in/step-up.ts'
import { pageCookies } from '#src/tokens/page-cookie.ts'
import { accessCookie } from '#src/tokens/pair-answer.ts'
import type { FurtherKind } from '#src/users/factor.ts'
import type { World } from '#src/world/world.ts'

export const showConfirm = endpoint({
  summary: 'Asks for a recent proof and continues to `next`.',
  query: z.object({
    next: z.unknown().optional(),
    method: z.unknown().optional(),
    sent: z.unknown().optional(),
    level: z.unknown().optional(),
  }),
  responses: { 200: null },
  errors: ['not_signed_in'],
  handle: async (world: World, call) => {
    const next = safeNext(world.settings.publicUrl, call.query.next)
    const user = await myself(world, call)
    const page = confirmPage(call, {
      user,
      settings: world.settings,
      requested: call.query.method,
      level: call.query.level,
      next,
      isSent: call.query.sent !== undefined,
      notice: flashMessage(world, call),
      errors: undefined,
    })
    return renewed(world, call, withoutFlash(world, call, page))
  },
})

export const sendConfirmMessage = endpoint({
  summary: 'Sends a code by mail for a recent proof.',
  body: z.object({ level: Typed, next: Typed }),
  responses: { 303: null },
  errors: ['not_signed_in', 'invalid_request', 'no_mail', 'too_many_requests'],
  handle: async (world: World, call): Promise<Answer> => {
    const { sessionId } = callerOf(call)
    const { level } = call.body
    const next = safeNext(world.settings.publicUrl, call.body.next)
    const user = await myself(world, call)
    const request = { user, sessionId, language: call.language }
    const result = await attempt(() => sendStepUpCode(world, request))
    if (result.kind === 'done') {
      const query = new URLSearchParams({
        ...{ method: 'email_code', sent: '1' },
        ...(next ? { next } : {}),
        ...(level === 'aal2' ? { level } : {}),
      })
      return seeOtherWithFlash(world, `/account/confirm?${String(query)}`, 'message_sent')
    }
    const errors = formErrorsOf(textsFor(call.language), result.error)
    return confirmPage(call, { user, settings: world.settings, requested: 'email_code', level, next, errors })
  },
})

export const sendConfirmOptions = endpoint({
  summary: 'Returns the options for a recent proof with a passkey to the script of the page.',
  responses: { 200: RequestOptions },
  errors: ['not_signed_in', 'too_many_requests'],
  handle: async (world: World, call) => {
    const { userId, sessionId } = callerOf(call)
    return json(200, await proofOptions(world, { purpose: 'step_up', boundTo: sessionId, userId }))
  },
})

export const sendConfirm = endpoint({
  summary: 'Checks the proof and continues to `next`.',
  body: z.object({
    method: Typed,
    password: TypedPassword,
    code: Typed,
    response: PasskeyResponse,
    level: Typed,
    next: Typed,
  }),
  responses: { 303: null },
  errors: [
    'not_signed_in',
    'wrong_password',
    'invalid_code',
    'passkey_rejected',
    'too_many_attempts',
    'too_many_requests',
    'busy',
  ],
  handle: async (world: World, call): Promise<Answer> => {
    const { method: requested, password, code, response, level } = call.body
    const { userId, sessionId } = callerOf(call)
    const next = safeNext(world.settings.publicUrl, call.body.next)
    const user = await myself(world, call)
    const shown = { user, settings: world.settings, requested, level, next }
    const method: FurtherKind | undefined = response === '' ? typedMethod(shown) : 'passkey'
    if (!method) return confirmPage(call, { ...shown, errors: undefined })
    const presented = { password, code, response: passkeyResponseIn(response) }
    const proof = { userId, sessionId, method, presented, client: clientOf(call), by: byCallerOf(call) }
    const result = await attempt(() => stepUp(world, proof))
    if (result.kind === 'done') {
      return withCookies(seeOther(next ?? '/account/security'), [
        accessCookie(world, result.value.pair),
        ...pageCookies(world, result.value),
      ])
    }
    const places = { wrong_password: 'password', invalid_code: 'code' }
    const errors = formErrorsOf(textsFor(call.language), result.error, places)
    // The error of a wrong code is shown at the field for it.
    return confirmPage(call, { ...shown, requested: method, isSent: true, errors })
  },
})
