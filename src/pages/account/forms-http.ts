import { z } from 'zod'
import { byCallerOf } from '#src/audit/by.ts'
import { changePassword } from '#src/credentials/passwords/change-password.ts'
import { seeOther, withCookies } from '#src/http/answer.ts'
import { callerOf } from '#src/http/call.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { deleteMyself } from '#src/me/delete-myself.ts'
import { editProfile } from '#src/me/edit-profile.ts'
import { myself } from '#src/me/myself.ts'
import { deletePage } from '#src/pages/account/delete-form.ts'
import { passwordPage } from '#src/pages/account/password-form.ts'
import { profilePage } from '#src/pages/account/profile-form.ts'
import { withFlash } from '#src/pages/flash.ts'
import { Typed, TypedPassword } from '#src/pages/form.ts'
import { withNewAccess } from '#src/pages/page-cookies.ts'
import { attempt, problemsOf, withFieldErrors } from '#src/pages/problems.ts'
import { textsFor } from '#src/pages/texts.ts'
import { awaitPropagationBefore } from '#src/tokens/await-propagation.ts'
import { clearingCookies } from '#src/tokens/clear-cookies.ts'
import { accessCookie } from '#src/tokens/pair-answer.ts'
import type { World } from '#src/world/world.ts'

export const sendProfile = endpoint({
  summary: 'Changes my names on the page.',
  body: z.object({ username: Typed, full_name: Typed }),
  responses: { 303: null },
  errors: ['not_signed_in', 'username_taken', 'too_many_requests'],
  handle: async (world: World, call) => {
    const typed = call.body
    const edit = { username: typed.username || null, fullName: typed.full_name.trim() || null }
    const tried = await attempt(async () => {
      const wrong = withFieldErrors({ full_name: typed.full_name.length > 200 && 'too_long' })
      if (wrong) throw wrong
      return editProfile(world, { userId: callerOf(call).userId, edit, by: byCallerOf(call) })
    })
    if (tried.kind === 'refused') {
      const problems = problemsOf(textsFor(call.language), tried.refusal, { username_taken: 'username' })
      return profilePage(call, { typed, said: undefined, problems })
    }
    // Tokens carry the username, so a new one has killed the one that this browser had.
    return withNewAccess(world, call, seeOther(withFlash('/account/profile', 'profile_changed')))
  },
})

export const sendPassword = endpoint({
  summary: 'Changes my password on the page. This page session goes on, all others end.',
  body: z.object({ current: TypedPassword, new: TypedPassword, repeat_password: TypedPassword }),
  responses: { 303: null },
  errors: ['not_signed_in', 'wrong_password', 'step_up_required', 'busy', 'too_many_requests'],
  handle: async (world: World, call) => {
    const { current, new: fresh, repeat_password } = call.body
    const by = byCallerOf(call)
    const { userId, sessionId } = callerOf(call)
    const { address } = call
    const tried = await attempt(async () => {
      const wrong = withFieldErrors({
        current: current === '' && 'missing',
        new: fresh === '' && 'missing',
        repeat_password: repeat_password !== fresh && 'not_repeated',
      })
      if (wrong) throw wrong
      const changed = await changePassword(world, { userId, sessionId, current, fresh, address, by })
      await changed.propagated
      return changed.pair
    })
    if (tried.kind === 'refused') {
      await awaitPropagationBefore(world, call, tried.refusal)
      const { email } = await myself(world, call)
      const problems = problemsOf(textsFor(call.language), tried.refusal, { wrong_password: 'current' })
      return passwordPage(call, { login: email, problems })
    }
    const answer = seeOther(withFlash('/account', 'password_changed'))
    return withCookies(answer, [accessCookie(world, tried.value)])
  },
})

export const sendDelete = endpoint({
  summary: 'Deletes me and all that is stored about me, on my password.',
  body: z.object({ password: TypedPassword }),
  responses: { 303: null },
  errors: ['not_signed_in', 'wrong_password', 'step_up_required', 'last_admin', 'busy', 'too_many_requests'],
  handle: async (world: World, call) => {
    const { userId, sessionId } = callerOf(call)
    const { address, body } = call
    const { email, secondFactors } = await myself(world, call)
    const tried = await attempt(() =>
      deleteMyself(world, {
        userId,
        sessionId,
        password: body.password,
        address,
        by: byCallerOf(call),
      }),
    )
    if (tried.kind === 'done') return clearingCookies(world, seeOther(withFlash('/sign-in', 'deleted')))
    const problems = problemsOf(textsFor(call.language), tried.refusal, { wrong_password: 'password' })
    return deletePage(call, { login: email, asksPassword: secondFactors.length === 0, problems })
  },
})
