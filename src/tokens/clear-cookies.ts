import { AppError } from '#src/errors/errors.ts'
import { type Answer, withCookies } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { clearCookie, cookieName } from '#src/http/cookies.ts'
import { isSecure, type Transport } from '#src/tokens/pair-answer.ts'
import type { World } from '#src/world/world.ts'

/** The cookies that end with a session. */
export const clearedOnSignOut = ['access', 'refresh', 'session'] as const

/** Signed out: nothing of ours that signs anybody in is left in the browser. */
export function clearingCookies(world: World, answer: Answer): Answer {
  return withCookies(answer, everyCookieCleared(isSecure(world)))
}

export function everyCookieCleared(secure: boolean): string[] {
  return clearedOnSignOut.map((cookie) => clearCookie(cookie, secure))
}

/** A 401 takes these cookies back, for they would be refused again; an outage says nothing about them. */
export async function clearingRevokedCookies<T>(
  cleared: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof AppError && error.status === 401)) throw error
    throw new AppError(error.code, { ...error.details, cookies: cleared })
  }
}

/**
 * What the browser still holds from a sign-in before this one, which may have been somebody else's: once the
 * new access token is over, it would sign in as them again.
 */
export function formerCookiesCleared(
  world: World,
  { cookies }: Pick<Call, 'cookies'>,
  transport: Transport,
): string[] {
  const secure = isSecure(world)
  const former = transport === 'cookie' ? (['session'] as const) : (['refresh', 'session'] as const)
  const held = former.filter((cookie) => cookies.get(cookieName(cookie, secure)) !== undefined)
  return held.map((cookie) => clearCookie(cookie, secure))
}
