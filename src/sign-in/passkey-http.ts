import { z } from 'zod'
import { byCallerOf } from '#src/audit/by.ts'
import { signInOptions } from '#src/credentials/passkeys/options.ts'
import {
  AuthenticationResponse,
  CreationOptions,
  PasskeyName,
  RegistrationResponse,
  RequestOptions,
} from '#src/credentials/passkeys/schemas.ts'
import { AppError } from '#src/errors/errors.ts'
import { json, withCookies } from '#src/http/answer.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { text } from '#src/http/text.ts'
import { byAddress } from '#src/limits/by-address.ts'
import { clientOf } from '#src/sessions/session.ts'
import { signedUpAnswer, signInAnswer } from '#src/sign-in/http.ts'
import { presentedKnownBrowser } from '#src/sign-in/known-browser.ts'
import { passkeyBrowserOf, presentedPasskeyBrowser } from '#src/sign-in/passkey-browser.ts'
import { secondFactorOptions } from '#src/sign-in/passkey-second-factor.ts'
import { signInWithPasskey } from '#src/sign-in/passkey-sign-in.ts'
import { MfaRequired, PasswordChangeRequired, VerificationRequired } from '#src/sign-in/schemas.ts'
import { passkeySignUpOptions, signUpWithPasskey } from '#src/sign-in/sign-up-passkey.ts'
import { SignedIn, UserBody } from '#src/tokens/schemas.ts'
import { EmailField, FullNameField, UsernameField } from '#src/users/fields.ts'
import type { World } from '#src/world/world.ts'

export const passkeyOptionsCall = endpoint({
  summary:
    'Returns WebAuthn request options to sign in with a passkey. The challenge is bound to this browser by ' +
    'a cookie, works once and expires after five minutes.',
  body: z.strictObject({
    login: text({ min: 0, max: 254 })
      .optional()
      .describe('Accepted and ignored: a response that depended on it would reveal who has an account'),
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
    transport: z.enum(['body', 'cookie']).optional().describe('How the refresh token is sent'),
  }),
  responses: { 200: z.union([SignedIn, MfaRequired, PasswordChangeRequired]) },
  setsCookies: ['access', 'refresh', 'knownBrowser'],
  clearsCookies: ['refresh', 'session'],
  errors: ['passkey_rejected', 'email_not_verified', 'account_being_deleted', 'too_many_requests'],
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

const SignUpFields = {
  email: EmailField,
  username: UsernameField.nullish(),
  full_name: FullNameField.nullish(),
}

export const passkeySignUpOptionsCall = endpoint({
  summary:
    'Returns WebAuthn creation options to sign up with a passkey and no password. The challenge is bound ' +
    'to this browser by a cookie and to the email, works once and expires after five minutes.',
  body: z.strictObject(SignUpFields),
  responses: { 200: CreationOptions },
  setsCookies: ['passkeyBrowser'],
  errors: ['sign_up_closed', 'too_many_requests'],
  limit: byAddress('passkey_options'),
  handle: async (world: World, call) => {
    const { boundTo: browser, cookie } = passkeyBrowserOf(world, call)
    const newcomer = { ...newcomerIn(call.body), language: call.language, by: byCallerOf(call) }
    const options = await passkeySignUpOptions(world, { ...newcomer, browser })
    return withCookies(json(200, options), [cookie])
  },
})

export const passkeySignUpCall = endpoint({
  summary:
    'Creates a user who signs in with a passkey and has no password. The responses are the same as for a ' +
    'sign-up with a password. Users who lose the passkey can set a password by mail.',
  body: z.strictObject({
    ...SignUpFields,
    response: RegistrationResponse,
    name: PasskeyName.optional().describe('Default: the name of the product, if known'),
  }),
  responses: { 201: z.object({ user: UserBody }), 202: VerificationRequired },
  errors: ['sign_up_closed', 'already_registered', 'username_taken', 'passkey_rejected', 'too_many_requests'],
  limit: byAddress('signup'),
  handle: async (world: World, call) => {
    const { response, name } = call.body
    const { signedUp } = await signUpWithPasskey(world, {
      ...newcomerIn(call.body),
      response,
      browser: presentedPasskeyBrowser(world, call),
      name,
      defaultName: 'Passkey',
      language: call.language,
      by: byCallerOf(call),
    })
    return signedUpAnswer(signedUp)
  },
})

type Typed = {
  readonly email: string
  readonly username?: string | null | undefined
  readonly full_name?: string | null | undefined
}

function newcomerIn(body: Typed) {
  return {
    email: body.email,
    username: body.username ?? undefined,
    fullName: body.full_name ?? undefined,
  }
}

export const mfaOptionsCall = endpoint({
  summary: 'Returns WebAuthn request options for a sign-in that requires a passkey as second factor.',
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
