import { z } from 'zod'
import { byCallerOf } from '#src/audit/by.ts'
import { challengeIn } from '#src/credentials/passkeys/client-data.ts'
import { userIdOfChallenge } from '#src/credentials/passkeys/options.ts'
import { CreationOptions, RegistrationResponse } from '#src/credentials/passkeys/schemas.ts'
import { AppError } from '#src/errors/errors.ts'
import { type Answer, json, seeOther, withCookies } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { byAddress } from '#src/limits/by-address.ts'
import { seeOtherWithFlash } from '#src/pages/flash.ts'
import { Typed } from '#src/pages/form.ts'
import { attempt, formErrorsOf } from '#src/pages/form-errors.ts'
import { withEmail } from '#src/pages/mail/email-query.ts'
import { safeNext } from '#src/pages/next.ts'
import { PasskeyResponse, passkeyResponseIn } from '#src/pages/passkey-form.ts'
import { passkeySignal } from '#src/pages/passkey-signal.ts'
import { proceedOnPage } from '#src/pages/sign-in/enter.ts'
import { signUpPage } from '#src/pages/sign-in/sign-up-form.ts'
import { newcomerErrors } from '#src/pages/sign-in/sign-up-http.ts'
import { textsFor } from '#src/pages/texts.ts'
import { clientOf } from '#src/sessions/session.ts'
import { passkeyBrowserOf, presentedPasskeyBrowser } from '#src/sign-in/passkey-browser.ts'
import { refuseWhereClosed } from '#src/sign-in/sign-up.ts'
import {
  passkeySignUpOptions,
  type SignedUpWithPasskey,
  signInSignedUp,
  signUpWithPasskey,
} from '#src/sign-in/sign-up-passkey.ts'
import type { World } from '#src/world/world.ts'

export const sendPasskeySignUpOptions = endpoint({
  summary: 'Returns the options for a new account with a passkey to the script of the sign-up page.',
  body: z.object({ email: Typed, response: PasskeyResponse, next: Typed }),
  responses: { 200: CreationOptions },
  setsCookies: ['passkeyBrowser'],
  errors: ['sign_up_closed', 'too_many_requests'],
  limit: byAddress('passkey_options'),
  handle: async (world: World, call) => {
    const wrong = newcomerErrors(call.body)
    if (wrong) throw wrong
    const { boundTo: browser, cookie } = passkeyBrowserOf(world, call)
    const options = await passkeySignUpOptions(world, { ...newcomerIn(call), browser })
    return withCookies(json(200, options), [cookie])
  },
})

export const sendPasskeySignUp = endpoint({
  summary: 'Creates an account with a passkey on the page, and signs in.',
  body: z.object({ email: Typed, response: PasskeyResponse, next: Typed }),
  responses: { 303: null },
  errors: ['sign_up_closed', 'already_registered', 'passkey_rejected', 'too_many_requests'],
  limit: byAddress('signup'),
  handle: async (world: World, call) => {
    refuseWhereClosed(world)
    const { email, response } = call.body
    const next = safeNext(world.settings.publicUrl, call.body.next)
    const result = await attempt(() => {
      const wrong = newcomerErrors(call.body)
      if (wrong) throw wrong
      const parsed = RegistrationResponse.safeParse(passkeyResponseIn(response))
      if (!parsed.success) throw new AppError('passkey_rejected')
      return signUpWithPasskey(world, {
        ...newcomerIn(call),
        response: parsed.data,
        browser: presentedPasskeyBrowser(world, call),
        name: undefined,
        defaultName: textsFor(call.language).get('passkey_default_name'),
      })
    })
    if (result.kind === 'done') return welcome(world, call, { done: result.value, next })
    const errors = formErrorsOf(textsFor(call.language), result.error, { already_registered: 'email' })
    const rejected = forgetting(world, call.body)
    return signUpPage(world, call, { email, next, errors, rejected })
  },
})

function newcomerIn({ body, language, ...call }: Call<{ readonly email: string }>) {
  const { email } = body
  const by = byCallerOf(call)
  return { email, username: undefined, fullName: undefined, language, by }
}

/**
 * The device stores a passkey of an account that was not created: the page signals the browser to forget it.
 */
function forgetting(world: World, { email, response }: { email: string; response: string }) {
  const parsed = RegistrationResponse.safeParse(passkeyResponseIn(response))
  const challenge = parsed.success ? challengeIn(parsed.data.response.clientDataJSON) : undefined
  if (challenge === undefined) return undefined
  const user = { id: userIdOfChallenge(challenge), email, username: undefined, fullName: undefined }
  return passkeySignal(world, { user, passkeys: [] })
}

async function welcome(
  world: World,
  call: Call,
  { done: { signedUp, factor }, next }: { done: SignedUpWithPasskey; next: string | undefined },
): Promise<Answer> {
  if (signedUp.kind === 'verification_required') return seeOther(withEmail('/verify-email', signedUp.email))
  const entering = { user: signedUp.user, factor, client: clientOf(call), forPages: true }
  const result = await signInSignedUp(world, { ...entering, by: byCallerOf(call) })
  if (!result) return seeOtherWithFlash(world, '/sign-in', 'signed_up')
  return proceedOnPage(world, call, { result, next, method: 'passkey' })
}
