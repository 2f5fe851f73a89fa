import type { Call } from '#src/http/call.ts'
import { cookieName, setCookie } from '#src/http/cookies.ts'
import { randomId } from '#src/platform/random.ts'
import { hashOf } from '#src/sessions/handle.ts'
import { isSecure } from '#src/tokens/pair-answer.ts'
import type { World } from '#src/world/world.ts'

/** Longer than the lifetime of a challenge; every new challenge extends it. */
const keptSeconds = 60 * 60

/**
 * The random cookie that binds sign-in challenges to the browser that requested them. An assertion from
 * another browser is not accepted. Undefined if the browser has none.
 */
export function presentedPasskeyBrowser(
  world: World,
  { cookies }: Pick<Call, 'cookies'>,
): string | undefined {
  const value = cookies.get(cookieName('passkeyBrowser', isSecure(world)))
  return value !== undefined && /^[A-Za-z0-9_-]{22}$/.test(value) ? hashOf(value) : undefined
}

/** The same, and the cookie to set. Several tabs of a browser share one. */
export function passkeyBrowserOf(world: World, { cookies }: Pick<Call, 'cookies'>) {
  const presented = cookies.get(cookieName('passkeyBrowser', isSecure(world)))
  const isUsable = presented !== undefined && /^[A-Za-z0-9_-]{22}$/.test(presented)
  const value = isUsable ? presented : randomId(world.random)
  return {
    boundTo: hashOf(value),
    cookie: setCookie('passkeyBrowser', value, keptSeconds, isSecure(world)),
  }
}
