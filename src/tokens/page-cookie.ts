import { setCookie } from '#src/http/cookies.ts'
import type { Instant } from '#src/platform/clock.ts'
import { writePageHandle } from '#src/sessions/page-handle.ts'
import { isSecure } from '#src/tokens/pair-answer.ts'
import type { World } from '#src/world/world.ts'

/** The cookie of a page session; it opens our own pages and renews access tokens. */
export function pageCookie(world: World, pageHandle: string, expiresAt: Instant): string {
  return setCookie(
    'session',
    writePageHandle(world, pageHandle),
    (expiresAt - world.clock.now()) / 1000,
    isSecure(world),
  )
}

/** The same, after a change rotated the page handle of the session. */
export function pageCookies(
  world: World,
  { pageHandle, pair }: { pageHandle: string | undefined; pair: { refreshExpiresAt: Instant } },
): string[] {
  return pageHandle === undefined ? [] : [pageCookie(world, pageHandle, pair.refreshExpiresAt)]
}
