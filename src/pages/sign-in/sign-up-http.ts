import { z } from 'zod'
import { byCallerOf } from '#src/audit/by.ts'
import { minPasswordLength } from '#src/credentials/passwords/password.ts'
import type { AppError } from '#src/errors/errors.ts'
import { type Answer, seeOther } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { byAddress } from '#src/limits/by-address.ts'
import { seeOtherWithFlash } from '#src/pages/flash.ts'
import { isRepeatedWrongly, RepeatedPassword, Typed, TypedPassword } from '#src/pages/form.ts'
import { attempt, fieldErrors, formErrorsOf } from '#src/pages/form-errors.ts'
import { withEmail } from '#src/pages/mail/email-query.ts'
import { safeNext } from '#src/pages/next.ts'
import { goOn, proceedOnPage, trySignIn } from '#src/pages/sign-in/enter.ts'
import { signUpPage } from '#src/pages/sign-in/sign-up-form.ts'
import { textsFor } from '#src/pages/texts.ts'
import { refuseWhereClosed, signUp } from '#src/sign-in/sign-up.ts'
import { normalizeEmail } from '#src/users/email.ts'
import type { World } from '#src/world/world.ts'

export const showSignUp = endpoint({
  summary: 'The sign-up page.',
  query: z.object({ next: z.unknown().optional(), email: Typed.catch('') }),
  responses: { 200: null, 303: null },
  errors: ['sign_up_closed'],
  handle: async (world: World, call) => {
    const next = safeNext(world.settings.publicUrl, call.query.next)
    if (call.caller) return goOn(world, call, next)
    refuseWhereClosed(world)
    return signUpPage(world, call, { email: call.query.email, next, errors: undefined })
  },
})

export const sendSignUp = endpoint({
  summary: 'Creates an account on the page, and signs in.',
  body: z.object({
    email: Typed,
    password: TypedPassword,
    repeat_password: RepeatedPassword,
    next: Typed,
  }),
  responses: { 303: null },
  errors: ['sign_up_closed', 'already_registered', 'busy', 'too_many_requests'],
  limit: byAddress('signup'),
  handle: async (world: World, call) => {
    refuseWhereClosed(world)
    const { email, password } = call.body
    const next = safeNext(world.settings.publicUrl, call.body.next)
    const result = await attempt(() => {
      const wrong = wrongIn(call.body)
      if (wrong) throw wrong
      return signUp(world, {
        email,
        password,
        username: undefined,
        fullName: undefined,
        address: call.address,
        language: call.language,
        by: byCallerOf(call),
      })
    })
    if (result.kind === 'done') {
      const signedUp = result.value
      if (signedUp.kind === 'verification_required')
        return seeOther(withEmail('/verify-email', signedUp.email))
      return signInNew(world, call, { login: signedUp.user.email, password, next })
    }
    const errors = formErrorsOf(textsFor(call.language), result.error, { already_registered: 'email' })
    return signUpPage(world, call, { email, next, errors })
  },
})

type Sent = {
  readonly email: string
  readonly password: string
  readonly repeat_password?: string | undefined
}

/** All errors of the form at once; the use case would report only the first. It still checks everything. */
function wrongIn({ email, password, repeat_password }: Sent): AppError | undefined {
  const isShort = [...password].length < minPasswordLength
  return fieldErrors({
    ...wrongFields(email),
    password: password === '' ? 'missing' : isShort && 'too_short',
    repeat_password: isRepeatedWrongly(password, repeat_password) && 'not_repeated',
  })
}

/** The same for a sign-up without a password. */
export function newcomerErrors({ email }: Pick<Sent, 'email'>): AppError | undefined {
  return fieldErrors(wrongFields(email))
}

function wrongFields(email: string) {
  return {
    email: email.trim() === '' ? 'missing' : normalizeEmail(email) === undefined && 'not_an_email',
  } as const
}

/** The account exists now. If the server is too busy to sign in as well, the user is sent to the form. */
async function signInNew(
  world: World,
  call: Call,
  { next, ...typed }: { login: string; password: string; next: string | undefined },
): Promise<Answer> {
  const result = await trySignIn(world, call, typed)
  if (result.kind === 'failed') return seeOtherWithFlash(world, '/sign-in', 'signed_up')
  return proceedOnPage(world, call, { result: result.value, next, method: 'password' })
}
