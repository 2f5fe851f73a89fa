import { z } from 'zod'
import { byCallerOf } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { json, withCookies } from '#src/http/answer.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { text } from '#src/http/text.ts'
import { byAddress } from '#src/limits/by-address.ts'
import { clientOf } from '#src/sessions/session.ts'
import { knownBrowserCookie, presentedKnownBrowser } from '#src/sign-in/known-browser.ts'
import { signIn } from '#src/sign-in/sign-in.ts'
import { signUp } from '#src/sign-in/sign-up.ts'
import { formerCookiesCleared } from '#src/tokens/clear-cookies.ts'
import { pairAnswer } from '#src/tokens/pair-answer.ts'
import { SignedIn, UserBody } from '#src/tokens/schemas.ts'
import { EmailField, FullNameField, PasswordField, UsernameField } from '#src/users/fields.ts'
import { userOnWire } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

const SignUpBody = z.strictObject({
  email: EmailField,
  password: PasswordField.describe('10 to 1024 characters; not one of the commonest, not your own name'),
  repeat_password: PasswordField.optional(),
  // Our own answers say of who has none that it is null, and that may be sent back.
  username: UsernameField.nullish(),
  full_name: FullNameField.nullish(),
})

export const signUpCall = endpoint({
  summary: 'Creates a user, its signature and the role default_user.',
  body: SignUpBody,
  responses: { 201: z.object({ user: UserBody }) },
  errors: ['sign_up_closed', 'already_registered', 'username_taken', 'busy', 'too_many_requests'],
  limit: byAddress('signup'),
  handle: async (world: World, call) => {
    const { body, address } = call
    if (body.repeat_password !== undefined && body.repeat_password !== body.password) throw notRepeated()
    const user = await signUp(world, {
      email: body.email,
      password: body.password,
      username: body.username ?? undefined,
      fullName: body.full_name ?? undefined,
      address,
      by: byCallerOf(call),
    })
    return json(201, { user: userOnWire(user) })
  },
})

const SignInBody = z
  .strictObject({
    login: text({ min: 0, max: 254 }).optional().describe('An email or a username'),
    email: text({ min: 0, max: 254 }).optional().describe('The same, under the name of old clients'),
    password: PasswordField,
    transport: z.enum(['body', 'cookie']).optional().describe('Where the refresh token travels'),
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
  .meta({ oneOf: [{ required: ['login'] }, { required: ['email'] }] })

export const signInCall = endpoint({
  summary:
    'Signs in with a password: records the session and gives a pair of tokens, one as a cookie too. ' +
    'Past 200 sessions of one user, the one that was used longest ago ends.',
  body: SignInBody,
  responses: { 200: SignedIn },
  setsCookies: ['access', 'refresh', 'knownBrowser'],
  clearsCookies: ['refresh', 'session'],
  errors: ['wrong_credentials', 'busy', 'too_many_requests'],
  limit: byAddress('signin'),
  handle: async (world: World, call) => {
    const { login, email, password, transport = 'body' } = call.body
    const { pair, user } = await signIn(world, {
      login: login ?? email ?? '',
      password,
      client: clientOf(call),
      forPages: false,
      knownBrowser: presentedKnownBrowser(world, call),
      by: byCallerOf(call),
    })
    const fresh = { ...user, lastSignedInAt: world.clock.now() }
    const answer = pairAnswer(world, { pair, user: fresh, transport })
    const cleared = formerCookiesCleared(world, call, transport)
    return withCookies(answer, [knownBrowserCookie(world, user.id), ...cleared])
  },
})

/** Checked even where another field is wrong, so that all errors are reported at once. */
function isObject({ value }: { readonly value: unknown }): boolean {
  return typeof value === 'object' && value !== null
}

function notRepeated(): AppError {
  return new AppError('invalid_request', {
    errors: [{ pointer: '/repeat_password', code: 'not_repeated' }],
  })
}
