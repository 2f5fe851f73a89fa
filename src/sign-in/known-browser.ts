import type { Call } from '#src/http/call.ts'
import { cookieName, setCookie } from '#src/http/cookies.ts'
import { knownForSeconds, writeKnownBrowser } from '#src/limits/known-browser.ts'
import { isSecure } from '#src/tokens/pair-answer.ts'
import type { World } from '#src/world/world.ts'

/** What the browser carries from an earlier sign-in, to be judged by the sign-in itself. */
export function presentedKnownBrowser(world: World, { cookies }: Pick<Call, 'cookies'>): string | undefined {
  return cookies.get(cookieName('knownBrowser', isSecure(world)))
}

/** The cookie that spares a browser the limit of its user's login from now on. Every sign-in sets it. */
export function knownBrowserCookie(world: World, userId: string): string {
  const value = writeKnownBrowser(world, { userId, now: world.clock.now() })
  return setCookie('knownBrowser', value, knownForSeconds, isSecure(world))
}
