import { type Answer, seeOther, withCookies } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { clearCookie, cookieName, setCookie } from '#src/http/cookies.ts'
import { textsFor } from '#src/pages/texts.ts'
import { isSecure } from '#src/tokens/pair-answer.ts'
import type { World } from '#src/world/world.ts'

const messages = [
  'signed_up',
  'signed_out',
  'signed_out_everywhere',
  'deleted',
  'deletion_scheduled',
  'restored',
  'session_over',
  'session_ended',
  'others_ended',
  'password_changed',
  'profile_changed',
  'passkey_added',
  'passkey_renamed',
  'passkey_removed',
  'sign_in_expired',
  'totp_added',
  'totp_removed',
  'factor_added',
  'factor_removed',
  'device_forgotten',
  'email_verified',
  'password_reset',
  'email_changed',
  'message_sent',
  'link_needed',
  'connected',
  'already_connected',
  'disconnected',
  'user_disabled',
  'user_enabled',
  'user_signed_out',
  'user_deleted',
  'user_session_ended',
  'role_granted',
  'role_revoked',
  'role_created',
  'role_deleted',
  'app_disconnected',
  'app_added',
  'app_changed',
  'app_removed',
  'app_disabled',
  'app_enabled',
  'api_added',
  'api_changed',
  'api_removed',
  'verifier_removed',
  'sessions_ended',
  'users_disabled',
  'users_enabled',
  'users_signed_out',
  'users_deleted',
  'user_unlocked',
  'connection_removed',
  'app_disconnected_from_user',
  'delivery_retried',
  'delivery_discarded',
  'key_rotated',
  'key_under_way',
] as const

/** The result of a form, shown once on the next page. */
export type Flash = (typeof messages)[number]

/** A page loaded after this time does not show the message. */
const lifetimeSeconds = 60

/**
 * The response to an accepted form: the next page shows the message. It is stored in a cookie and not in the
 * URL, so that no link can show a message and no reload can repeat it. `count` is the number of affected
 * items.
 */
export function seeOtherWithFlash(world: World, path: string, flash: Flash, count?: number): Answer {
  const value = count === undefined ? flash : `${flash}.${count}`
  return withCookies(seeOther(path), [setCookie('flash', value, lifetimeSeconds, isSecure(world))])
}

/** The message to show on this page, if there is one. */
export function flashMessage(world: World, call: Call): string | undefined {
  const value = call.cookies.get(cookieName('flash', isSecure(world)))
  const [, name, count] = /^([a-z_]+)(?:\.(\d{1,6}))?$/.exec(value ?? '') ?? []
  const flash = messages.find((known) => known === name)
  return flash && textsFor(call.language).get(`flash_${flash}`, { count: Number(count ?? 1) })
}

/** The page that shows the message, which removes it from the browser. */
export function withoutFlash(world: World, call: Call, page: Answer): Answer {
  const isSet = call.cookies.get(cookieName('flash', isSecure(world))) !== undefined
  return isSet ? withCookies(page, [clearCookie('flash', isSecure(world))]) : page
}
