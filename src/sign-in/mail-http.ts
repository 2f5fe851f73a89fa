import { z } from 'zod'
import { byCallerOf } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { empty, json } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { text } from '#src/http/text.ts'
import { byAddress } from '#src/limits/by-address.ts'
import { clientOf } from '#src/sessions/session.ts'
import { signInByCode } from '#src/sign-in/code-sign-in.ts'
import { replacePassword } from '#src/sign-in/finish-reset.ts'
import { signInAnswer } from '#src/sign-in/http.ts'
import { presentedKnownBrowser } from '#src/sign-in/known-browser.ts'
import { dueOf } from '#src/sign-in/prove.ts'
import { requestMessage } from '#src/sign-in/request-message.ts'
import { resetPassword } from '#src/sign-in/reset.ts'
import {
  CodeField,
  LinkTokenField,
  MfaRequired,
  PasswordChangeRequired,
  TransportField,
} from '#src/sign-in/schemas.ts'
import { sendSecondFactorCode } from '#src/sign-in/second-factor-code.ts'
import { presentedTrustedDevice } from '#src/sign-in/trusted-device.ts'
import { type FromMessage, verifyEmail } from '#src/sign-in/verify-email.ts'
import { authenticate } from '#src/tokens/authenticate.ts'
import { isSecure } from '#src/tokens/pair-answer.ts'
import { presentedAccessToken } from '#src/tokens/presented.ts'
import { SignedIn } from '#src/tokens/schemas.ts'
import { EmailField, PasswordField } from '#src/users/fields.ts'
import type { World } from '#src/world/world.ts'

const EmailOnly = z.strictObject({ email: EmailField })

export const forgotCall = endpoint({
  summary:
    'Sends an email for setting a new password. The response is the same for an email without an account.',
  body: EmailOnly,
  responses: { 202: null },
  errors: ['no_mail', 'too_many_requests'],
  limit: byAddress('mail'),
  handle: async (world: World, call) => {
    await requestMessage(world, { purpose: 'reset', email: call.body.email, language: call.language })
    return empty(202)
  },
})

export const codeCall = endpoint({
  summary: 'Sends a sign-in code. The response is the same for an email without an account.',
  body: EmailOnly,
  responses: { 202: null },
  errors: ['no_mail', 'too_many_requests'],
  limit: byAddress('mail'),
  handle: async (world: World, call) => {
    await requestMessage(world, { purpose: 'sign_in', email: call.body.email, language: call.language })
    return empty(202)
  },
})

export const sendVerificationCall = endpoint({
  summary: 'Sends the verification email again. The response is the same for any email.',
  body: EmailOnly,
  responses: { 202: null },
  errors: ['no_mail', 'too_many_requests'],
  limit: byAddress('mail'),
  handle: async (world: World, call) => {
    await requestMessage(world, { purpose: 'verify_email', email: call.body.email, language: call.language })
    return empty(202)
  },
})

export const codeSignInCall = endpoint({
  summary: 'Signs in with a code from an email. A second factor is due afterwards, as after a password.',
  body: z.strictObject({ email: EmailField, code: CodeField, transport: TransportField }),
  responses: { 200: z.union([SignedIn, MfaRequired, PasswordChangeRequired]) },
  setsCookies: ['access', 'refresh', 'knownBrowser'],
  clearsCookies: ['refresh', 'session'],
  errors: ['invalid_code', 'too_many_attempts', 'too_many_requests'],
  limit: byAddress('signin'),
  handle: async (world: World, call) => {
    const { email, code, transport = 'body' } = call.body
    const result = await signInByCode(world, {
      email,
      code,
      client: clientOf(call),
      forPages: false,
      knownBrowser: presentedKnownBrowser(world, call),
      trustedDevice: presentedTrustedDevice(world, call),
      by: byCallerOf(call),
    })
    return signInAnswer(world, call, { result, transport })
  },
})

const MessageProof = {
  token: LinkTokenField.optional(),
  email: EmailField.optional().describe('With `code`: the address that received the email'),
  code: CodeField.optional(),
}

export const verifyEmailCall = endpoint({
  summary:
    'Verifies an address with the link of an email, or with its code and the address. A user who is signed ' +
    'in can omit the address: then it is their own.',
  body: z
    .strictObject({
      ...MessageProof,
      email: EmailField.optional().describe('With `code`, unless signed in: where the email went to'),
    })
    .superRefine((body, context) => (isCodeAlone(body) ? undefined : oneProof(body, context)))
    .meta({ examples: [{ token: 'TOKEN' }] }),
  responses: { 204: null },
  errors: ['invalid_link', 'invalid_code', 'too_many_requests', 'unavailable'],
  proofs: ['bearer', 'access_cookie'],
  limit: byAddress('mail'),
  handle: async (world: World, call) => {
    const { token, email = token === undefined ? await ownEmail(world, call) : undefined } = call.body
    await verifyEmail(world, { proof: proofIn({ ...call.body, email }), by: byCallerOf(call) })
    return empty(204)
  },
})

/** The address of the user who is signed in. */
async function ownEmail(world: World, call: Call): Promise<string> {
  const presented = presentedAccessToken(call, isSecure(world))
  const verdict = presented && (await authenticate(world, presented.token))
  if (verdict?.kind === 'cannot_tell') throw new AppError('unavailable', { retryAfterSeconds: 1 })
  if (verdict?.kind === 'accepted') return verdict.token.claims.email
  throw new AppError('invalid_request', { errors: [{ pointer: '/email', code: 'missing' }] })
}

export const resetCall = endpoint({
  summary:
    'Sets a new password with the link of an email, or with its code and the address, and ends every ' +
    'session. If the user has a second factor, it is required first (`POST /auth/mfa`). With the ' +
    '`mfa_token` of a sign-in that requires it, replaces a password that an administrator chose.',
  body: z
    .strictObject({
      ...MessageProof,
      mfa_token: text({ min: 1, max: 200 }).optional().describe('From `password_change_required`'),
      password: PasswordField,
    })
    .superRefine((body, context) => (body.mfa_token === undefined ? oneProof(body, context) : undefined))
    .meta({ examples: [{ token: 'TOKEN', password: 'plum tarot window 42' }] }),
  responses: { 200: MfaRequired, 204: null },
  errors: ['invalid_link', 'invalid_code', 'attempt_expired', 'busy', 'too_many_requests'],
  limit: byAddress('mail'),
  handle: async (world: World, call) => {
    const { mfa_token: mfaToken, password, ...proof } = call.body
    const by = byCallerOf(call)
    if (mfaToken !== undefined) {
      const attempt = await dueOf(world, mfaToken)
      await replacePassword(world, { attempt, password, address: call.address, by })
      return empty(204)
    }
    const result = await resetPassword(world, {
      proof: proofIn(proof),
      password,
      client: clientOf(call),
      forPages: false,
      by,
    })
    if (result.kind === 'reset') return empty(204)
    return json(200, { mfa_required: true, mfa_token: result.mfaToken, methods: result.methods })
  },
})

export const sendMfaCodeCall = endpoint({
  summary: 'Sends the code for a sign-in that waits for a second factor with the method `email_code`.',
  body: z.strictObject({ mfa_token: text({ min: 1, max: 200 }) }),
  responses: { 202: null },
  errors: ['attempt_expired', 'no_mail', 'too_many_requests'],
  limit: byAddress('mail'),
  handle: async (world: World, call) => {
    await sendSecondFactorCode(world, { mfaToken: call.body.mfa_token, language: call.language })
    return empty(202)
  },
})

type Proof = { token?: string | undefined; email?: string | undefined; code?: string | undefined }

function proofIn({ token, email = '', code = '' }: Proof): FromMessage {
  return token === undefined ? { email, code } : { token }
}

function isCodeAlone({ token, email, code }: Proof): boolean {
  return code !== undefined && token === undefined && email === undefined
}

/** The token alone, or the code with its address. */
function oneProof({ token, email, code }: Proof, context: z.RefinementCtx): void {
  const isMissing = token === undefined && (email === undefined || code === undefined)
  const isTwice = token !== undefined && (email !== undefined || code !== undefined)
  if (isTwice) addIssue(context, 'token', 'given_twice')
  if (isMissing)
    addIssue(context, token === undefined && code === undefined ? 'token' : missing(email), 'missing')
}

function missing(email: string | undefined): string {
  return email === undefined ? 'email' : 'code'
}

function addIssue(context: z.RefinementCtx, field: string, code: string): void {
  context.addIssue({ code: 'custom', path: [field], params: { code } })
}
