import { AppError } from '#src/errors/errors.ts'
import { type Answer, withCookies } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { clearCookie, cookieName } from '#src/http/cookies.ts'
import { isSecure, type Transport } from '#src/tokens/pair-answer.ts'
import type { World } from '#src/world/world.ts'

/** The cookies that are cleared with a session. */
export const clearedOnSignOut = ['access', 'refresh', 'session'] as const

/** After a sign-out the browser keeps no cookie that could sign anyone in. */
export function clearingCookies(world: World, answer: Answer): Answer {
  return withCookies(answer, allCookiesCleared(isSecure(world)))
}

export function allCookiesCleared(secure: boolean): string[] {
  return clearedOnSignOut.map((cookie) => clearCookie(cookie, secure))
}

/** A 401 clears these cookies, because they would be rejected again; other errors prove nothing. */
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
 * Clears the cookies of an earlier sign-in, which may have been another user's: when the new access token
 * expires, the browser would sign in as that user again.
 */
export function formerCookiesCleared(
  world: World,
  { cookies }: Pick<Call, 'cookies'>,
  transport: Transport,
): string[] {
  const secure = isSecure(world)
  const former = transport === 'cookie' ? (['session'] as const) : (['refresh', 'session'] as const)
  const present = former.filter((cookie) => cookies.get(cookieName(cookie, secure)) !== undefined)
  return present.map((cookie) => clearCookie(cookie, secure))
}
