import type { Call } from '#src/http/call.ts'
import { cookieName, setCookie } from '#src/http/cookies.ts'
import { knownForSeconds, writeKnownBrowser } from '#src/limits/known-browser.ts'
import { isSecure } from '#src/tokens/pair-answer.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

/** The cookie of an earlier sign-in, as the browser sent it; the sign-in verifies it. */
export function presentedKnownBrowser(world: World, { cookies }: Pick<Call, 'cookies'>): string | undefined {
  return cookies.get(cookieName('knownBrowser', isSecure(world)))
}

/** From now on the browser has its own limit instead of the login's. Every sign-in sets it. */
export function knownBrowserCookie(world: World, user: User): string {
  const value = writeKnownBrowser(world, { user, now: world.clock.now() })
  return setCookie('knownBrowser', value, knownForSeconds, isSecure(world))
}
