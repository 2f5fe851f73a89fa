import { z } from 'zod'
import { seeOther } from '#src/http/answer.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { byAddress } from '#src/limits/by-address.ts'
import { flashMessage, withoutFlash } from '#src/pages/flash.ts'
import { Typed, TypedPassword } from '#src/pages/form.ts'
import { formErrorsOf } from '#src/pages/form-errors.ts'
import { withEmail } from '#src/pages/mail/email-query.ts'
import { safeNext } from '#src/pages/next.ts'
import { goOn, proceedOnPage, trySignIn } from '#src/pages/sign-in/enter.ts'
import { leadToRestore } from '#src/pages/sign-in/restore-http.ts'
import { signInPage } from '#src/pages/sign-in/sign-in-form.ts'
import { textsFor } from '#src/pages/texts.ts'
import type { World } from '#src/world/world.ts'

export const showStart = endpoint({
  summary: 'Redirects to the account page, or to sign-in.',
  responses: { 303: null },
  errors: [],
  handle: (_world: World, { caller }) => seeOther(caller ? '/account' : '/sign-in'),
})

export const showSignIn = endpoint({
  summary: 'The sign-in page. A signed-in user is redirected to `next` with a renewed access token.',
  query: z.object({
    next: z.unknown().optional(),
    again: z.unknown().optional(),
    login: Typed.catch(''),
  }),
  responses: { 200: null, 303: null },
  errors: [],
  handle: async (world: World, call) => {
    const next = safeNext(world.settings.publicUrl, call.query.next)
    // An app may require a fresh sign-in of a user who is already signed in.
    if (call.caller && call.query.again === undefined) return goOn(world, call, next)
    const notice = flashMessage(world, call)
    const page = signInPage(world, call, {
      typed: { login: call.query.login },
      next,
      notice,
      errors: undefined,
    })
    return withoutFlash(world, call, page)
  },
})

export const sendSignIn = endpoint({
  summary: 'Signs in on the page and opens a page session.',
  body: z.object({ login: Typed, password: TypedPassword, can_passkey: Typed, next: Typed }),
  responses: { 303: null },
  errors: ['wrong_credentials', 'account_locked', 'too_many_attempts', 'busy', 'too_many_requests'],
  limit: byAddress('signin'),
  handle: async (world: World, call) => {
    const { login, password } = call.body
    const next = safeNext(world.settings.publicUrl, call.body.next)
    const result = await trySignIn(world, call, { login, password })
    if (result.kind === 'done') {
      const canOffer = call.body.can_passkey === 'yes'
      return proceedOnPage(world, call, { result: result.value, next, canOffer, method: 'password' })
    }
    if (result.error.code === 'email_not_verified')
      return seeOther(withEmail('/verify-email', login.includes('@') ? login : ''))
    if (result.error.code === 'account_being_deleted') return leadToRestore(world, result.error)
    const errors = formErrorsOf(textsFor(call.language), result.error)
    return signInPage(world, call, { typed: { login }, next, notice: undefined, errors })
  },
})
