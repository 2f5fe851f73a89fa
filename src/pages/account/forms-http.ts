import { z } from 'zod'
import { byCallerOf } from '#src/audit/by.ts'
import { changePassword } from '#src/credentials/passwords/change-password.ts'
import { withCookies } from '#src/http/answer.ts'
import { callerOf } from '#src/http/call.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { deleteMyself } from '#src/me/delete-myself.ts'
import { editProfile } from '#src/me/edit-profile.ts'
import { myself } from '#src/me/myself.ts'
import { deletePage } from '#src/pages/account/delete-form.ts'
import { passwordPage } from '#src/pages/account/password-form.ts'
import { profilePage } from '#src/pages/account/profile-form.ts'
import { seeOtherWithFlash } from '#src/pages/flash.ts'
import { isRepeatedWrongly, RepeatedPassword, Typed, TypedPassword } from '#src/pages/form.ts'
import { attempt, fieldErrors, formErrorsOf } from '#src/pages/form-errors.ts'
import { withNewAccess } from '#src/pages/page-cookies.ts'
import { textsFor } from '#src/pages/texts.ts'
import { awaitPropagationBefore } from '#src/tokens/await-propagation.ts'
import { clearingCookies } from '#src/tokens/clear-cookies.ts'
import { pageCookies } from '#src/tokens/page-cookie.ts'
import { accessCookie } from '#src/tokens/pair-answer.ts'
import type { World } from '#src/world/world.ts'

const dayMs = 24 * 60 * 60 * 1000

export const sendProfile = endpoint({
  summary: 'Saves the profile form.',
  body: z.object({ username: Typed, full_name: Typed }),
  responses: { 303: null },
  errors: ['not_signed_in', 'username_taken', 'too_many_requests'],
  handle: async (world: World, call) => {
    const typed = call.body
    const edit = { username: typed.username || null, fullName: typed.full_name.trim() || null }
    const result = await attempt(async () => {
      const wrong = fieldErrors({ full_name: typed.full_name.length > 200 && 'too_long' })
      if (wrong) throw wrong
      return editProfile(world, { userId: callerOf(call).userId, edit, by: byCallerOf(call) })
    })
    if (result.kind === 'failed') {
      const errors = formErrorsOf(textsFor(call.language), result.error, { username_taken: 'username' })
      const user = await myself(world, call)
      return profilePage(call, { user, typed, notice: undefined, errors })
    }
    // Tokens carry the username, so a new username has revoked the token of this browser.
    return withNewAccess(world, call, seeOtherWithFlash(world, '/account/profile', 'profile_changed'))
  },
})

export const sendPassword = endpoint({
  summary: 'Changes the password. This page session stays, all others end.',
  body: z.object({ current: TypedPassword, new: TypedPassword, repeat_password: RepeatedPassword }),
  responses: { 303: null },
  errors: ['not_signed_in', 'wrong_password', 'step_up_required', 'busy', 'too_many_requests'],
  handle: async (world: World, call) => {
    const { current, new: fresh, repeat_password } = call.body
    const by = byCallerOf(call)
    const { userId, sessionId } = callerOf(call)
    const { address } = call
    const result = await attempt(async () => {
      const wrong = fieldErrors({
        current: current === '' && 'missing',
        new: fresh === '' && 'missing',
        repeat_password: isRepeatedWrongly(fresh, repeat_password) && 'not_repeated',
      })
      if (wrong) throw wrong
      const changed = await changePassword(world, { userId, sessionId, current, fresh, address, by })
      await changed.propagated
      return changed
    })
    if (result.kind === 'failed') {
      await awaitPropagationBefore(world, call, result.error)
      const { email } = await myself(world, call)
      const errors = formErrorsOf(textsFor(call.language), result.error, { wrong_password: 'current' })
      return passwordPage(call, { login: email, errors })
    }
    const answer = seeOtherWithFlash(world, '/account', 'password_changed')
    return withCookies(answer, [accessCookie(world, result.value.pair), ...pageCookies(world, result.value)])
  },
})

export const sendDelete = endpoint({
  summary: 'Deletes the account, after checking the password: at once, or after the grace period.',
  body: z.object({ password: TypedPassword }),
  responses: { 303: null },
  errors: ['not_signed_in', 'wrong_password', 'step_up_required', 'last_admin', 'busy', 'too_many_requests'],
  handle: async (world: World, call) => {
    const { userId, sessionId } = callerOf(call)
    const { address, body } = call
    const { email, secondFactors } = await myself(world, call)
    const result = await attempt(() =>
      deleteMyself(world, {
        userId,
        sessionId,
        password: body.password,
        address,
        by: byCallerOf(call),
      }),
    )
    if (result.kind === 'done') {
      const flash = result.value === undefined ? 'deleted' : 'deletion_scheduled'
      return clearingCookies(world, seeOtherWithFlash(world, '/sign-in', flash))
    }
    const errors = formErrorsOf(textsFor(call.language), result.error, { wrong_password: 'password' })
    const asksPassword = secondFactors.length === 0
    const graceDays = world.settings.deleteGraceMs / dayMs
    return deletePage(call, { login: email, asksPassword, graceDays, errors })
  },
})
