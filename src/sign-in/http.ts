import { z } from 'zod'
import { byCallerOf } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { type Answer, empty, json, withCookies } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { text } from '#src/http/text.ts'
import { byAddress } from '#src/limits/by-address.ts'
import { clientOf } from '#src/sessions/session.ts'
import type { SignedIn as SignedInResult } from '#src/sign-in/finish.ts'
import { knownBrowserCookie, presentedKnownBrowser } from '#src/sign-in/known-browser.ts'
import type { SignInResult } from '#src/sign-in/proceed.ts'
import { type Completed, type Continued, continueSignIn, enrollInSignIn } from '#src/sign-in/prove.ts'
import {
  enrolmentOnWire,
  MfaRequired,
  PasswordChangeRequired,
  RecoveryCodes,
  requireProof,
  TotpEnrolment,
  VerificationRequired,
} from '#src/sign-in/schemas.ts'
import { signIn } from '#src/sign-in/sign-in.ts'
import { type SignedUp, signUp } from '#src/sign-in/sign-up.ts'
import { presentedTrustedDevice, trustedDeviceCookie } from '#src/sign-in/trusted-device.ts'
import { formerCookiesCleared } from '#src/tokens/clear-cookies.ts'
import { pairAnswer, type Transport } from '#src/tokens/pair-answer.ts'
import { SignedIn, UserBody } from '#src/tokens/schemas.ts'
import { furtherKinds } from '#src/users/factor.ts'
import { EmailField, FullNameField, PasswordField, UsernameField } from '#src/users/fields.ts'
import { userOnWire } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

const SignUpBody = z.strictObject({
  email: EmailField,
  password: PasswordField.describe('10 to 1024 characters; not a common password, name or email of the user'),
  repeat_password: PasswordField.optional(),
  // Our own responses have null for an absent name, and clients send back what they received.
  username: UsernameField.nullish(),
  full_name: FullNameField.nullish(),
})

export const signUpCall = endpoint({
  summary:
    'Creates a user with the role `default_user`. If the email must be verified first, the response is ' +
    '`202` for new and taken addresses alike, and an email explains the result. A taken username is omitted.',
  body: SignUpBody,
  responses: { 201: z.object({ user: UserBody }), 202: VerificationRequired },
  errors: ['sign_up_closed', 'already_registered', 'username_taken', 'busy', 'too_many_requests'],
  limit: byAddress('signup'),
  handle: async (world: World, call) => {
    const { body, address } = call
    if (body.repeat_password !== undefined && body.repeat_password !== body.password) throw notRepeated()
    const signedUp = await signUp(world, {
      email: body.email,
      password: body.password,
      username: body.username ?? undefined,
      fullName: body.full_name ?? undefined,
      address,
      language: call.language,
      by: byCallerOf(call),
    })
    return signedUpAnswer(signedUp)
  },
})

export function signedUpAnswer(signedUp: SignedUp): Answer {
  if (signedUp.kind === 'verification_required')
    return json(202, { verification_required: true, email: signedUp.email })
  return json(201, { user: userOnWire(signedUp.user) })
}

const SignInBody = z
  .strictObject({
    login: text({ min: 0, max: 254 }).optional().describe('An email or a username; required without `email`'),
    email: text({ min: 0, max: 254 }).optional().describe('The same as login, for older clients'),
    password: PasswordField,
    transport: z.enum(['body', 'cookie']).optional().describe('How the refresh token is sent'),
  })
  .refine(({ login, email }) => login !== undefined || email !== undefined, {
    params: { code: 'missing' },
    path: ['login'],
    when: isObject,
  })
  .refine(({ login, email }) => login === undefined || email === undefined, {
    params: { code: 'given_twice' },
    path: ['login'],
    when: isObject,
  })
  .meta({ examples: [{ login: 'ada@example.org', password: 'plum tarot window 42' }] })

export const signInCall = endpoint({
  summary:
    'Signs in with a password: opens a session and returns a token pair. The access token is also set as a ' +
    'cookie. A user keeps at most 200 sessions; the least recently used one is ended.',
  body: SignInBody,
  responses: { 200: z.union([SignedIn, MfaRequired, PasswordChangeRequired]) },
  setsCookies: ['access', 'refresh', 'knownBrowser'],
  clearsCookies: ['refresh', 'session'],
  errors: [
    'wrong_credentials',
    'email_not_verified',
    'account_locked',
    'account_being_deleted',
    'too_many_attempts',
    'busy',
    'too_many_requests',
  ],
  limit: byAddress('signin'),
  handle: async (world: World, call) => {
    const { login, email, password, transport = 'body' } = call.body
    const result = await signIn(world, {
      login: login ?? email ?? '',
      password,
      client: clientOf(call),
      forPages: false,
      knownBrowser: presentedKnownBrowser(world, call),
      trustedDevice: presentedTrustedDevice(world, call),
      by: byCallerOf(call),
    })
    return signInAnswer(world, call, { result, transport })
  },
})

const MfaToken = text({ min: 1, max: 200 }).describe('From the response that required a second factor')

const MfaBody = z
  .strictObject({
    mfa_token: MfaToken,
    method: z.enum(furtherKinds),
    code: text({ min: 1, max: 64 }).optional().describe('For the methods with codes'),
    password: PasswordField.optional().describe('If the password is the second factor, after a code by mail'),
    response: z.looseObject({}).optional().describe('For a passkey: the authenticator response as JSON'),
    trust_device: z.boolean().optional().describe('Skips the second factor on this device for 30 days'),
    transport: z.enum(['body', 'cookie']).optional().describe('How the refresh token is sent'),
  })
  .superRefine(requireProof)
  .meta({ examples: [{ mfa_token: 'MFA_TOKEN', method: 'totp', code: '123456' }] })

const MfaSignedIn = SignedIn.extend({
  recovery_codes: RecoveryCodes.optional().describe('If the second factor was set up in this sign-in'),
}).meta({ id: 'MfaSignedIn' })

export const mfaCall = endpoint({
  summary: 'Completes a sign-in with a second factor, or a reset of the password (`204`).',
  body: MfaBody,
  responses: { 200: z.union([MfaSignedIn, PasswordChangeRequired]), 204: null },
  setsCookies: ['access', 'refresh', 'knownBrowser', 'trustedDevice'],
  clearsCookies: ['refresh', 'session'],
  errors: [
    'invalid_code',
    'wrong_password',
    'passkey_rejected',
    'attempt_expired',
    'too_many_attempts',
    'busy',
    'too_many_requests',
  ],
  limit: byAddress('signin'),
  handle: async (world: World, call) => {
    const { mfa_token: mfaToken, method, code, password, response, transport = 'body' } = call.body
    const result = await continueSignIn(world, {
      mfaToken,
      method,
      presented: { code, password, response },
      forPages: false,
      trustsDevice: call.body.trust_device === true,
      knownBrowser: presentedKnownBrowser(world, call),
      by: byCallerOf(call),
    })
    return result.kind === 'reset' ? empty(204) : signInAnswer(world, call, { result, transport })
  },
})

export const enrollCall = endpoint({
  summary:
    'Begins the setup of an authenticator app in a sign-in that requires a second factor. The code from it ' +
    'then completes the sign-in at `POST /auth/mfa` with the method `totp`.',
  body: z.strictObject({ mfa_token: MfaToken }),
  responses: { 200: TotpEnrolment },
  errors: ['attempt_expired', 'already_enrolled', 'mfa_off', 'too_many_requests'],
  limit: byAddress('signin'),
  handle: async (world: World, call) => {
    const pending = { mfaToken: call.body.mfa_token, forPages: false }
    return json(200, enrolmentOnWire(await enrollInSignIn(world, pending)))
  },
})

/** The response to a proof: a session, or the missing factor. */
export function signInAnswer(
  world: World,
  call: Call,
  {
    result,
    transport,
  }: { result: SignInResult | Exclude<Continued, { kind: 'reset' }>; transport: Transport },
): Answer {
  if (result.kind === 'signed_in') return signedInAnswer(world, call, { signedIn: result, transport })
  const { mfaToken } = result
  if (result.kind === 'password_change_required') {
    const codes = 'recoveryCodes' in result && result.recoveryCodes
    const more = codes ? { recovery_codes: codes } : {}
    return json(200, { password_change_required: true, mfa_token: mfaToken, ...more })
  }
  const { methods, enroll } = result
  const more = enroll.length > 0 ? { enroll } : {}
  return json(200, { mfa_required: true, mfa_token: mfaToken, methods, ...more })
}

function signedInAnswer(
  world: World,
  call: Call,
  { signedIn, transport }: { signedIn: SignedInResult & Partial<Completed>; transport: Transport },
): Answer {
  const { recoveryCodes, trustedDevice } = signedIn
  const more = recoveryCodes ? { recovery_codes: recoveryCodes } : {}
  const answer = pairAnswer(world, { ...signedIn, transport, more })
  const cleared = formerCookiesCleared(world, call, transport)
  const trusted = trustedDevice === undefined ? [] : [trustedDeviceCookie(world, trustedDevice)]
  return withCookies(answer, [knownBrowserCookie(world, signedIn.user), ...cleared, ...trusted])
}

/** Checked even if another field is wrong, so that all errors are reported at once. */
function isObject({ value }: { readonly value: unknown }): boolean {
  return typeof value === 'object' && value !== null
}

function notRepeated(): AppError {
  return new AppError('invalid_request', {
    errors: [{ pointer: '/repeat_password', code: 'not_repeated' }],
  })
}
