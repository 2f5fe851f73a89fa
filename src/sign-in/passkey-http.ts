import { z } from 'zod'
import { byCallerOf } from '#src/audit/by.ts'
import { signInOptions } from '#src/credentials/passkeys/options.ts'
import { AuthenticationResponse, RequestOptions } from '#src/credentials/passkeys/schemas.ts'
import { AppError } from '#src/errors/errors.ts'
import { json, withCookies } from '#src/http/answer.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { text } from '#src/http/text.ts'
import { byAddress } from '#src/limits/by-address.ts'
import { clientOf } from '#src/sessions/session.ts'
import { signInAnswer } from '#src/sign-in/http.ts'
import { presentedKnownBrowser } from '#src/sign-in/known-browser.ts'
import { passkeyBrowserOf, presentedPasskeyBrowser } from '#src/sign-in/passkey-browser.ts'
import { secondFactorOptions } from '#src/sign-in/passkey-second-factor.ts'
import { signInWithPasskey } from '#src/sign-in/passkey-sign-in.ts'
import { MfaRequired, PasswordChangeRequired } from '#src/sign-in/schemas.ts'
import { SignedIn } from '#src/tokens/schemas.ts'
import type { World } from '#src/world/world.ts'

export const passkeyOptionsCall = endpoint({
  summary:
    'Returns WebAuthn request options to sign in with a passkey. The challenge is bound to this browser by ' +
    'a cookie, works once and expires after five minutes.',
  body: z.strictObject({
    login: text({ min: 0, max: 254 })
      .optional()
      .describe('Accepted and ignored: an answer that depended on it would reveal who has an account'),
  }),
  responses: { 200: RequestOptions },
  setsCookies: ['passkeyBrowser'],
  errors: ['too_many_requests'],
  limit: byAddress('passkey_options'),
  handle: async (world: World, call) => {
    const { boundTo, cookie } = passkeyBrowserOf(world, call)
    return withCookies(json(200, await signInOptions(world, { boundTo })), [cookie])
  },
})

export const passkeySignInCall = endpoint({
  summary: 'Signs in with a passkey: opens a session and returns a token pair, as with a password.',
  body: z.strictObject({
    response: AuthenticationResponse,
    transport: z.enum(['body', 'cookie']).optional().describe('Where the refresh token travels'),
  }),
  responses: { 200: z.union([SignedIn, MfaRequired, PasswordChangeRequired]) },
  setsCookies: ['access', 'refresh', 'knownBrowser'],
  clearsCookies: ['refresh', 'session'],
  errors: ['passkey_rejected', 'account_being_deleted', 'too_many_requests'],
  limit: byAddress('signin'),
  handle: async (world: World, call) => {
    const { response, transport = 'body' } = call.body
    const result = await signInWithPasskey(world, {
      response,
      browser: presentedPasskeyBrowser(world, call),
      client: clientOf(call),
      forPages: false,
      knownBrowser: presentedKnownBrowser(world, call),
      by: byCallerOf(call),
    })
    if (result.kind === 'rejected') throw new AppError('passkey_rejected')
    return signInAnswer(world, call, { result, transport })
  },
})

export const mfaOptionsCall = endpoint({
  summary: 'Returns WebAuthn request options for a sign-in that asks for a passkey as second factor.',
  body: z.strictObject({ mfa_token: text({ min: 1, max: 200 }) }),
  responses: { 200: RequestOptions },
  errors: ['attempt_expired', 'too_many_requests'],
  limit: byAddress('passkey_options'),
  handle: async (world: World, call) => {
    const pending = { mfaToken: call.body.mfa_token, forPages: false }
    const options = await secondFactorOptions(world, pending)
    if (!options) throw new AppError('attempt_expired')
    return json(200, options)
  },
})
