import { disable, enable } from '#src/accounts/disable.ts'
import { removeWithTokens } from '#src/accounts/remove.ts'
import { createResetLink, unlock } from '#src/accounts/set-password.ts'
import { showUser } from '#src/administration/show-user.ts'
import { byCallerOf } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import type { Answer } from '#src/http/answer.ts'
import { type Call, callerOf } from '#src/http/call.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { confirmPage } from '#src/pages/console/confirm-page.ts'
import { curl } from '#src/pages/console/console-page.ts'
import { secretPage } from '#src/pages/console/secret-page.ts'
import { type Flash, seeOtherWithFlash } from '#src/pages/flash.ts'
import type { ConsoleKey } from '#src/pages/messages/console-en.ts'
import type { MessageKey } from '#src/pages/messages/en.ts'
import { textsOf } from '#src/pages/texts.ts'
import { endOwn } from '#src/sessions/end.ts'
import { logOutEverywhere } from '#src/sessions/end-everywhere.ts'
import { sessionById } from '#src/sessions/sessions.sql.ts'
import { clearingCookies } from '#src/tokens/clear-cookies.ts'
import type { World } from '#src/world/world.ts'

type Asked = {
  /** The last part of the path. */
  readonly name: string
  readonly summary: string
  readonly title: ConsoleKey
  readonly effects: readonly ConsoleKey[]
  readonly button: ConsoleKey | MessageKey
  readonly isDanger?: boolean
  readonly request: readonly [method: string, path: string, body?: unknown]
}

/** The confirmation page of an action on a user. */
function confirmation({ name, summary, title, effects, button, isDanger = true, request }: Asked) {
  return endpoint({
    summary,
    responses: { 200: null },
    errors: ['not_found'],
    handle: async (world: World, call) => {
      const texts = textsOf(call)
      const { id, email } = await showUser(world, call.params.id ?? '')
      const [method, path, body] = request
      return confirmPage(world, call, {
        place: '/admin/users',
        title: texts.get(title),
        subject: email,
        effects: effects.map((effect) => texts.get(effect)),
        action: `/admin/users/${id}/${name}`,
        button: texts.get(button),
        isDanger,
        cancel: `/admin/users/${id}`,
        command: curl(world, method, `/users/${id}${path}`, body),
      })
    },
  })
}

export const confirmDisable = confirmation({
  name: 'disable',
  summary: 'Confirmation page for disabling a user.',
  title: 'disable_user_title',
  effects: ['effect_sessions_end', 'effect_tokens_revoked', 'effect_cannot_sign_in', 'effect_can_enable'],
  button: 'disable',
  request: ['POST', '/disable', {}],
})

export const confirmSignOut = confirmation({
  name: 'sign-out',
  summary: 'Confirmation page for signing out a user everywhere.',
  title: 'sign_out_user_title',
  effects: ['effect_sessions_end', 'effect_tokens_revoked', 'effect_can_sign_in'],
  button: 'sign_out_everywhere',
  request: ['POST', '/logout_all', {}],
})

export const confirmDelete = confirmation({
  name: 'delete',
  summary: 'Confirmation page for deleting a user.',
  title: 'delete_user_title',
  effects: ['effect_data_deleted', 'effect_tokens_revoked', 'effect_not_undone', 'effect_audit_stays'],
  button: 'delete_permanently',
  request: ['DELETE', ''],
})

export const sendDisable = endpoint({
  summary: 'Disables a user and ends every session.',
  responses: { 303: null },
  errors: ['not_found', 'last_admin'],
  handle: async (world: World, call) => {
    const { id: userId } = await showUser(world, call.params.id ?? '')
    const { disabled, propagated } = await disable(world, { userId, by: byCallerOf(call) })
    if (disabled === 'last_admin') throw new AppError('last_admin')
    await propagated
    return afterEnd(world, call, { userId, flash: 'user_disabled' })
  },
})

export const sendEnable = endpoint({
  summary: 'Enables a disabled user.',
  responses: { 303: null },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const { id: userId } = await showUser(world, call.params.id ?? '')
    await enable(world, { userId, by: byCallerOf(call) })
    return seeOtherWithFlash(world, `/admin/users/${userId}`, 'user_enabled')
  },
})

export const sendSignOut = endpoint({
  summary: 'Ends every session of a user and revokes every token.',
  responses: { 303: null },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const { id: userId } = await showUser(world, call.params.id ?? '')
    const ending = { userId, reason: 'logout_all', by: byCallerOf(call) } as const
    await (await logOutEverywhere(world, ending)).propagated
    return afterEnd(world, call, { userId, flash: 'user_signed_out' })
  },
})

export const sendDelete = endpoint({
  summary: 'Deletes a user and all their data.',
  responses: { 303: null },
  errors: ['not_found', 'last_admin'],
  handle: async (world: World, call) => {
    const userId = call.params.id ?? ''
    const { removed, propagated } = await removeWithTokens(world, { userId, by: byCallerOf(call) })
    if (removed === 'last_admin') throw new AppError('last_admin')
    if (removed === 'not_there') throw new AppError('not_found')
    await propagated
    return afterEnd(world, call, { userId, flash: 'user_deleted', path: '/admin/users' })
  },
})

export const sendUnlock = endpoint({
  summary: 'Unlocks a password that was locked after too many wrong attempts.',
  responses: { 303: null },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const userId = call.params.id ?? ''
    await unlock(world, { userId, by: byCallerOf(call) })
    return seeOtherWithFlash(world, `/admin/users/${userId}`, 'user_unlocked')
  },
})

export const confirmResetLink = confirmation({
  name: 'reset-link',
  summary: 'Confirmation page for creating a link that sets a new password.',
  title: 'reset_link_title',
  effects: ['effect_link_once', 'effect_link_who', 'effect_link_sessions'],
  button: 'create_link',
  isDanger: false,
  request: ['POST', '/reset_link'],
})

export const sendResetLink = endpoint({
  summary: 'Creates a link that sets a new password, and shows it once.',
  responses: { 200: null },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const { id: userId, email } = await showUser(world, call.params.id ?? '')
    const { url } = await createResetLink(world, { userId, by: byCallerOf(call) })
    const texts = textsOf(call)
    return secretPage(world, call, {
      place: '/admin/users',
      title: texts.get('reset_link_made', { email }),
      label: texts.get('reset_link'),
      secret: url,
      more: undefined,
      next: `/admin/users/${userId}`,
    })
  },
})

export const confirmEndSession = endpoint({
  summary: 'Confirmation page for ending a session of a user.',
  responses: { 200: null },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const texts = textsOf(call)
    const { id, email } = await showUser(world, call.params.id ?? '')
    const session = await sessionById(world.db.query, call.params.sid ?? '')
    if (session?.userId !== id) throw new AppError('not_found')
    const path = `/users/${id}/sessions/${session.id}`
    return confirmPage(world, call, {
      place: '/admin/users',
      title: texts.get('end_session_title'),
      subject: email,
      effects: [texts.get('effect_session_ends'), texts.get('effect_can_sign_in')],
      action: `/admin${path}/end`,
      button: texts.get('end_session'),
      cancel: `/admin/users/${id}`,
      command: curl(world, 'DELETE', path),
    })
  },
})

export const sendEndSession = endpoint({
  summary: 'Ends one session of a user.',
  responses: { 303: null },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const { id: userId = '', sid: sessionId = '' } = call.params
    const ended = await endOwn(world, { userId, sessionId, by: byCallerOf(call) })
    if (!ended) throw new AppError('not_found')
    await ended.propagated
    if (sessionId === callerOf(call).sessionId) return signedOut(world)
    return seeOtherWithFlash(world, `/admin/users/${userId}`, 'user_session_ended')
  },
})

/** Administrators who ended their own sessions are signed out; others continue. */
function afterEnd(
  world: World,
  call: Call,
  { userId, flash, path = `/admin/users/${userId}` }: { userId: string; flash: Flash; path?: string },
): Answer {
  return userId === callerOf(call).userId ? signedOut(world) : seeOtherWithFlash(world, path, flash)
}

function signedOut(world: World): Answer {
  return clearingCookies(world, seeOtherWithFlash(world, '/sign-in', 'signed_out'))
}
