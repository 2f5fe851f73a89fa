import { z } from 'zod'
import { byCallerOf } from '#src/audit/by.ts'
import { RequestOptions } from '#src/credentials/passkeys/schemas.ts'
import { pendingTotp } from '#src/credentials/totp/enrol.ts'
import { type Answer, json, seeOther, withCookies } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { clearCookie, cookieName } from '#src/http/cookies.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { byAddress } from '#src/limits/by-address.ts'
import { codesAtSignIn } from '#src/pages/account/security/codes-page.ts'
import { seeOtherWithFlash } from '#src/pages/flash.ts'
import { Typed, TypedPassword } from '#src/pages/form.ts'
import { attempt, type FormErrors, formErrorsOf } from '#src/pages/form-errors.ts'
import { safeNext, withNext } from '#src/pages/next.ts'
import { PasskeyResponse, passkeyResponseIn } from '#src/pages/passkey-form.ts'
import { completeOnPage, verifyByMailPath } from '#src/pages/sign-in/enter.ts'
import { enrollPage, verifyPage } from '#src/pages/sign-in/verify-page.ts'
import { textsFor } from '#src/pages/texts.ts'
import { presentedKnownBrowser } from '#src/sign-in/known-browser.ts'
import { secondFactorOptions } from '#src/sign-in/passkey-second-factor.ts'
import { askedOf } from '#src/sign-in/proceed.ts'
import {
  type Continued,
  continueSignIn,
  enrollInSignIn,
  type Proven,
  pendingSignIn,
} from '#src/sign-in/prove.ts'
import { isSecure } from '#src/tokens/pair-answer.ts'
import { type FurtherKind, furtherKinds } from '#src/users/factor.ts'
import type { World } from '#src/world/world.ts'

type Shown = {
  readonly method: unknown
  readonly next: string | undefined
  readonly errors: FormErrors | undefined
}

export const showVerify = endpoint({
  summary: 'Asks for the second factor of a sign-in, or for the setup of a required one.',
  query: z.object({ next: z.unknown().optional(), method: z.unknown().optional() }),
  responses: { 200: null, 303: null },
  errors: [],
  handle: async (world: World, call) => {
    const next = safeNext(world.settings.publicUrl, call.query.next)
    return showDue(world, call, { method: call.query.method, next, errors: undefined })
  },
})

export const sendVerify = endpoint({
  summary: 'Completes a sign-in with a second factor.',
  body: z.object({
    code: Typed,
    password: TypedPassword,
    method: Typed,
    response: PasskeyResponse,
    trust_device: Typed,
    can_passkey: Typed,
    next: Typed,
  }),
  responses: { 200: null, 303: null },
  errors: [
    'invalid_code',
    'wrong_password',
    'passkey_rejected',
    'too_many_attempts',
    'busy',
    'too_many_requests',
  ],
  limit: byAddress('signin'),
  handle: async (world: World, call) => {
    const { code, password, response, trust_device, can_passkey, ...typed } = call.body
    const next = safeNext(world.settings.publicUrl, typed.next)
    const method = response === '' ? (methodIn(furtherKinds, typed.method) ?? 'totp') : 'passkey'
    const result = await attempt(() =>
      continueSignIn(world, {
        mfaToken: presentedAttempt(world, call),
        method,
        presented: { code, password, response: passkeyResponseIn(response) },
        forPages: true,
        trustsDevice: trust_device === 'yes',
        knownBrowser: presentedKnownBrowser(world, call),
        by: byCallerOf(call),
      }),
    )
    const canOffer = can_passkey === 'yes'
    if (result.kind === 'done') return complete(world, call, { continued: result.value, next, canOffer })
    const errors = formErrorsOf(textsFor(call.language), result.error, places)
    return showDue(world, call, { method, next, errors })
  },
})

const places = { invalid_code: 'code', wrong_password: 'password' }

export const sendVerifyOptions = endpoint({
  summary: 'Returns the options for a passkey as second factor to the script, or the page to go to instead.',
  responses: { 200: z.union([RequestOptions, z.object({ confirm: z.string() })]) },
  errors: ['too_many_requests'],
  limit: byAddress('passkey_options'),
  handle: async (world: World, call) => {
    const pending = { mfaToken: presentedAttempt(world, call), forPages: true }
    const options = await secondFactorOptions(world, pending)
    // That page redirects correctly if the attempt has expired.
    return json(200, options ?? { confirm: '/sign-in/verify' })
  },
})

export const sendSetUp = endpoint({
  summary: 'Begins the setup of an authenticator app in a sign-in that requires a second factor.',
  body: z.object({ next: Typed }),
  responses: { 303: null },
  errors: ['too_many_requests'],
  limit: byAddress('signin'),
  handle: async (world: World, call) => {
    const next = safeNext(world.settings.publicUrl, call.body.next)
    const pending = { mfaToken: presentedAttempt(world, call), forPages: true }
    const result = await attempt(() => enrollInSignIn(world, pending))
    return result.kind === 'done' ? seeOther(withNext('/sign-in/verify', next)) : expired(world)
  },
})

function presentedAttempt(world: World, { cookies }: Call): string {
  return cookies.get(cookieName('attempt', isSecure(world))) ?? ''
}

/** Shows the next step of the sign-in in this browser, or returns to the start if it has expired. */
async function showDue(world: World, call: Call, { method, next, errors }: Shown): Promise<Answer> {
  const pending = { mfaToken: presentedAttempt(world, call), forPages: true }
  const found = await pendingSignIn(world, pending)
  if (!found) return expired(world)
  const { methods, enroll } = askedOf(world, found.attempt, found.user)
  if (enroll.length > 0) return showEnrolment(world, call, { found, next, errors })
  const due = furtherKinds.filter((known) => methods.includes(known))
  const shown = methodIn(due, method) ?? due[0]
  if (!shown) return expired(world)
  if (shown === 'email_code') return seeOther(withNext(verifyByMailPath, next))
  return verifyPage(call, { method: shown, due, next, errors })
}

async function showEnrolment(
  world: World,
  call: Call,
  { found, next, errors }: Omit<Shown, 'method'> & { found: Proven },
): Promise<Answer> {
  const { user, attempt } = found
  const enrolment = await pendingTotp(world, { user, boundTo: attempt.id })
  return enrollPage(call, { enrolment, next, errors: enrolment && errors })
}

function methodIn(choices: readonly FurtherKind[], requested: unknown): FurtherKind | undefined {
  return choices.find((choice) => choice === requested)
}

/** Recovery codes that were created in this sign-in are shown before it continues, and only once. */
async function complete(
  world: World,
  call: Call,
  { continued, next, canOffer }: { continued: Continued; next: string | undefined; canOffer: boolean },
): Promise<Answer> {
  const answer = await completeOnPage(world, call, { continued, next, canOffer })
  if (continued.kind === 'reset' || !continued.recoveryCodes) return answer
  const after = continued.kind === 'signed_in' ? (next ?? '/account') : '/sign-in/new-password'
  const page = codesAtSignIn(call, { codes: continued.recoveryCodes, next: after })
  return withCookies(page, answer.cookies)
}

function expired(world: World): Answer {
  const answer = seeOtherWithFlash(world, '/sign-in', 'sign_in_expired')
  return withCookies(answer, [clearCookie('attempt', isSecure(world))])
}
