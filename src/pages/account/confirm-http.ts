import { z } from 'zod'
import { byCallerOf } from '#src/audit/by.ts'
import { proofOptions } from '#src/credentials/passkeys/options.ts'
import { RequestOptions } from '#src/credentials/passkeys/schemas.ts'
import { type Answer, json, seeOther, withCookies } from '#src/http/answer.ts'
import { type Call, callerOf } from '#src/http/call.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { myself } from '#src/me/myself.ts'
import { confirmPage } from '#src/pages/account/confirm-page.ts'
import { Typed, TypedPassword } from '#src/pages/form.ts'
import { attempt, type FormErrors, formErrorsOf } from '#src/pages/form-errors.ts'
import { safeNext } from '#src/pages/next.ts'
import { renewed } from '#src/pages/page-cookies.ts'
import { PasskeyResponse, passkeyResponseIn } from '#src/pages/passkey-form.ts'
import { textsFor } from '#src/pages/texts.ts'
import { stepUpMethods } from '#src/sessions/recent-proof.ts'
import { clientOf } from '#src/sessions/session.ts'
import { stepUp } from '#src/sign-in/step-up.ts'
import { pageCookies } from '#src/tokens/page-cookie.ts'
import { accessCookie } from '#src/tokens/pair-answer.ts'
import type { World } from '#src/world/world.ts'

export const showConfirm = endpoint({
  summary: 'Asks for a recent proof before a sensitive change.',
  query: z.object({ next: z.unknown().optional() }),
  responses: { 200: null },
  errors: ['not_signed_in'],
  handle: async (world: World, call) => {
    const next = safeNext(world.settings.publicUrl, call.query.next)
    return renewed(world, call, await page(world, call, { next, errors: undefined }))
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
  summary: 'Proves again who the user is, with a password or a passkey, and goes on to `next`.',
  body: z.object({ password: TypedPassword, response: PasskeyResponse, next: Typed }),
  responses: { 303: null },
  errors: ['not_signed_in', 'wrong_password', 'passkey_rejected', 'busy', 'too_many_requests'],
  handle: async (world: World, call) => {
    const { password, response, next: wanted } = call.body
    const next = safeNext(world.settings.publicUrl, wanted)
    const { userId, sessionId } = callerOf(call)
    const result = await attempt(() =>
      stepUp(world, {
        userId,
        sessionId,
        method: response === '' ? 'password' : 'passkey',
        presented: { password, response: passkeyResponseIn(response) },
        client: clientOf(call),
        by: byCallerOf(call),
      }),
    )
    if (result.kind === 'failed') {
      const errors = formErrorsOf(textsFor(call.language), result.error, { wrong_password: 'password' })
      return page(world, call, { next, errors })
    }
    const { pair } = result.value
    const cookies = [accessCookie(world, pair), ...pageCookies(world, result.value)]
    return withCookies(seeOther(next ?? '/account'), cookies)
  },
})

async function page(
  world: World,
  call: Call,
  { next, errors }: { next: string | undefined; errors: FormErrors | undefined },
): Promise<Answer> {
  const user = await myself(world, call)
  return confirmPage(call, { login: user.email, methods: stepUpMethods(user), next, errors })
}
