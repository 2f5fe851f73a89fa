import { type Answer, withCookies } from '#src/http/answer.ts'
import { type Call, type Caller, callerOf } from '#src/http/call.ts'
import { clearCookie, cookieName } from '#src/http/cookies.ts'
import { recognizePageHandle } from '#src/sessions/page-handle.ts'
import { keepAlive } from '#src/sessions/page-session.ts'
import type { SignedIn } from '#src/sign-in/finish.ts'
import { authenticate } from '#src/tokens/authenticate.ts'
import { mintAccessToken, prepareMint } from '#src/tokens/mint.ts'
import { pageCookie } from '#src/tokens/page-cookie.ts'
import { accessCookie, isSecure } from '#src/tokens/pair-answer.ts'
import { findTokenSubject, type TokenSubject } from '#src/tokens/token-subject.sql.ts'
import type { World } from '#src/world/world.ts'

/**
 * The cookies of a browser that signed in on a page: the page session and its access token. Browsers send
 * refresh tokens only to the API, so a refresh token of another user is not visible here, and that cookie is
 * always cleared.
 */
export function admittedCookies(world: World, { pair, pageHandle }: SignedIn): string[] {
  if (pageHandle === undefined) throw new Error('A page signs in without a page session')
  return [
    pageCookie(world, pageHandle, pair.refreshExpiresAt),
    accessCookie(world, pair),
    clearCookie('refresh', isSecure(world)),
  ]
}

/**
 * A page view renews the access token, which proxies of other sites check, and once a day the page session.
 * HEAD renews nothing.
 */
export async function renewed(world: World, call: Call, answer: Answer): Promise<Answer> {
  if (!call.caller || call.method === 'HEAD') return answer
  return (await hasFreshAccess(world, call, call.caller)) ? answer : withNewAccess(world, call, answer)
}

/** The response with a new access token of the page session, regardless of the browser's token. */
export async function withNewAccess(world: World, call: Call, answer: Answer): Promise<Answer> {
  const now = world.clock.now()
  await prepareMint(world, now)
  const subject = await findTokenSubject(world.db.query, { sessionId: callerOf(call).sessionId, now })
  if (!subject) return answer
  const access = accessCookie(world, mintAccessToken(world, { subject, now }))
  return withCookies(answer, [...(await longerSession(world, call, subject)), access])
}

/**
 * A valid token of another session is kept: that client signed in intentionally. A token of this session is
 * renewed in the second half of its lifetime.
 */
async function hasFreshAccess(world: World, { cookies }: Call, { sessionId }: Caller): Promise<boolean> {
  const token = cookies.get(cookieName('access', isSecure(world)))
  const verdict = token === undefined ? undefined : await authenticate(world, token)
  if (verdict?.kind !== 'accepted') return false
  const isOther = verdict.token.claims.sid !== sessionId
  const left = verdict.token.expiresAt - world.clock.now()
  return isOther || left > world.settings.accessTokenLifetimeMs / 2
}

async function longerSession(world: World, { cookies }: Call, subject: TokenSubject): Promise<string[]> {
  const cookie = cookies.get(cookieName('session', isSecure(world)))
  const pageHandle = cookie && (await recognizePageHandle(world, cookie))
  if (!pageHandle) return []
  const { sessionId, expiresAt } = subject
  const renewed = await keepAlive(world, { sessionId, expiresAt, pageHandle })
  return renewed === undefined ? [] : [pageCookie(world, renewed.pageHandle, renewed.expiresAt)]
}
