import { z } from 'zod'
import { byCallerOf } from '#src/audit/by.ts'
import { type Answer, seeOther, withCookies } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { clearCookie, cookieName, setCookie } from '#src/http/cookies.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { byAddress } from '#src/limits/by-address.ts'
import { seeOtherWithFlash } from '#src/pages/flash.ts'
import { isRepeatedWrongly, RepeatedPassword, submit, Typed, TypedPassword } from '#src/pages/form.ts'
import { attempt, type FormErrors, fieldErrors, formErrorsOf } from '#src/pages/form-errors.ts'
import { cardPage } from '#src/pages/mail/card.ts'
import { codeField, emailField, newPasswordFields } from '#src/pages/mail/fields.ts'
import { LinkToken } from '#src/pages/mail/link-token.ts'
import { textsFor } from '#src/pages/texts.ts'
import { clientOf } from '#src/sessions/session.ts'
import { attemptLifetimeMs } from '#src/sign-in/attempt.ts'
import { replacePassword } from '#src/sign-in/finish-reset.ts'
import { dueOf } from '#src/sign-in/prove.ts'
import { resetPassword } from '#src/sign-in/reset.ts'
import { isSecure } from '#src/tokens/pair-answer.ts'
import type { World } from '#src/world/world.ts'

type Shown = {
  readonly token: string | undefined
  readonly email: string
  readonly errors: FormErrors | undefined
}

export const showReset = endpoint({
  summary: 'Asks for a new password, with the link or the code of an email. Does not use it up.',
  query: z.object({ token: LinkToken, email: Typed }),
  responses: { 200: null },
  errors: [],
  handle: (_world: World, call) =>
    resetPage(call, { ...call.query, token: call.query.token, errors: undefined }),
})

export const sendReset = endpoint({
  summary: 'Sets a new password, or redirects to the second factor that is required first.',
  body: z.object({
    token: LinkToken,
    email: Typed,
    code: Typed,
    password: TypedPassword,
    repeat_password: RepeatedPassword,
  }),
  responses: { 303: null },
  errors: ['invalid_link', 'invalid_code', 'busy', 'too_many_requests'],
  limit: byAddress('mail'),
  handle: async (world: World, call) => {
    const { token, email, code, password, repeat_password } = call.body
    const proof = token === undefined ? { email, code } : { token }
    const result = await attempt(() => {
      const wrong = wrongIn({ password, repeat_password })
      if (wrong) throw wrong
      return resetPassword(world, {
        proof,
        password,
        client: clientOf(call),
        forPages: true,
        by: byCallerOf(call),
      })
    })
    if (result.kind === 'failed') {
      const errors = formErrorsOf(textsFor(call.language), result.error, { invalid_code: 'code' })
      return resetPage(call, { token, email, errors })
    }
    if (result.value.kind === 'reset') return seeOtherWithFlash(world, '/sign-in', 'password_reset')
    const { mfaToken } = result.value
    const cookie = setCookie('attempt', mfaToken, attemptLifetimeMs / 1000, isSecure(world))
    return withCookies(seeOther('/sign-in/verify'), [cookie])
  },
})

function resetPage(call: Call, { token, email, errors }: Shown): Answer {
  const texts = textsFor(call.language)
  const isLink = token !== undefined
  const typed = isLink ? [] : [emailField(texts, email), codeField(texts)]
  return cardPage(call, {
    title: texts.get('reset_title'),
    lead: texts.get(isLink ? 'reset_lead_link' : 'reset_lead_code'),
    form: {
      action: '/reset-password',
      errors,
      hidden: { token },
      fields: [...typed, ...newPasswordFields(texts)],
      button: submit(texts.get('set_password')),
    },
  })
}

export const showNewPassword = endpoint({
  summary: 'Asks to replace a password that an administrator chose, before the sign-in is complete.',
  responses: { 200: null, 303: null },
  errors: [],
  handle: async (world: World, call) => {
    const pending = await dueOf(world, presentedAttempt(world, call))
    return pending?.purpose === 'reset' ? newPasswordPage(call, undefined) : seeOther('/sign-in')
  },
})

export const sendNewPassword = endpoint({
  summary: 'Replaces a password that an administrator chose.',
  body: z.object({ password: TypedPassword, repeat_password: RepeatedPassword }),
  responses: { 303: null },
  errors: ['attempt_expired', 'busy', 'too_many_requests'],
  limit: byAddress('mail'),
  handle: async (world: World, call) => {
    const { password, repeat_password } = call.body
    const { address } = call
    const result = await attempt(async () => {
      const wrong = wrongIn({ password, repeat_password })
      if (wrong) throw wrong
      const pending = await dueOf(world, presentedAttempt(world, call))
      await replacePassword(world, { attempt: pending, password, address, by: byCallerOf(call) })
    })
    if (result.kind === 'failed') {
      return newPasswordPage(call, formErrorsOf(textsFor(call.language), result.error))
    }
    const answer = seeOtherWithFlash(world, '/sign-in', 'password_reset')
    return withCookies(answer, [clearCookie('attempt', isSecure(world))])
  },
})

function newPasswordPage(call: Call, errors: FormErrors | undefined): Answer {
  const texts = textsFor(call.language)
  return cardPage(call, {
    title: texts.get('new_password_title'),
    lead: texts.get('new_password_lead'),
    form: {
      action: '/sign-in/new-password',
      errors,
      fields: newPasswordFields(texts),
      button: submit(texts.get('set_password')),
    },
  })
}

function presentedAttempt(world: World, { cookies }: Call): string {
  return cookies.get(cookieName('attempt', isSecure(world))) ?? ''
}

function wrongIn({ password, repeat_password }: { password: string; repeat_password?: string | undefined }) {
  return fieldErrors({
    password: password === '' && 'missing',
    repeat_password: isRepeatedWrongly(password, repeat_password) && 'not_repeated',
  })
}
