import { z } from 'zod'
import { byCallerOf } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { byAddress } from '#src/limits/by-address.ts'
import { Typed } from '#src/pages/form.ts'
import { attempt, formErrorsOf } from '#src/pages/form-errors.ts'
import { safeNext } from '#src/pages/next.ts'
import { PasskeyResponse, passkeyResponseIn } from '#src/pages/passkey-form.ts'
import { proceedOnPage } from '#src/pages/sign-in/enter.ts'
import { leadToRestore } from '#src/pages/sign-in/restore-http.ts'
import { signInPage } from '#src/pages/sign-in/sign-in-form.ts'
import { textsFor } from '#src/pages/texts.ts'
import { clientOf } from '#src/sessions/session.ts'
import { presentedKnownBrowser } from '#src/sign-in/known-browser.ts'
import { presentedPasskeyBrowser } from '#src/sign-in/passkey-browser.ts'
import { signInWithPasskey } from '#src/sign-in/passkey-sign-in.ts'
import type { World } from '#src/world/world.ts'

export const sendPasskeySignIn = endpoint({
  summary: 'Signs in with a passkey on the page and opens a page session.',
  body: z.object({ response: PasskeyResponse, next: Typed }),
  responses: { 303: null },
  errors: ['passkey_rejected', 'too_many_requests'],
  limit: byAddress('signin'),
  handle: async (world: World, call) => {
    const next = safeNext(world.settings.publicUrl, call.body.next)
    const result = await attempt(() =>
      signInWithPasskey(world, {
        response: passkeyResponseIn(call.body.response),
        browser: presentedPasskeyBrowser(world, call),
        client: clientOf(call),
        forPages: true,
        knownBrowser: presentedKnownBrowser(world, call),
        by: byCallerOf(call),
      }),
    )
    const isLeaving = result.kind === 'failed' && result.error.code === 'account_being_deleted'
    if (isLeaving) return leadToRestore(world, result.error)
    const isDone = result.kind === 'done'
    if (isDone && result.value.kind !== 'rejected')
      return proceedOnPage(world, call, { result: result.value, next, method: 'passkey' })
    const error = isDone ? new AppError('passkey_rejected') : result.error
    const errors = formErrorsOf(textsFor(call.language), error)
    return signInPage(world, call, { typed: { login: '' }, next, notice: undefined, errors })
  },
})
