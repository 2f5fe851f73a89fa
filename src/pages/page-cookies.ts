import { type Answer, withCookies } from '#src/http/answer.ts'
import { type Call, type Caller, callerOf } from '#src/http/call.ts'
import { clearCookie, cookieName, setCookie } from '#src/http/cookies.ts'
import { keepAlive } from '#src/sessions/keep-alive.ts'
import type { Admitted } from '#src/sign-in/admit.ts'
import { authenticate } from '#src/tokens/authenticate.ts'
import { findTokenSubject } from '#src/tokens/find-token-subject.ts'
import { mintAccessToken, prepareMint } from '#src/tokens/mint.ts'
import { accessCookie, isSecure } from '#src/tokens/pair-answer.ts'
import type { World } from '#src/world/world.ts'

type TokenSubject = NonNullable<Awaited<ReturnType<typeof findTokenSubject>>>

/**
 * What a browser holds after it signed in on a page: the page session, and the access token of it. A refresh
 * token is not sent to pages, so whether it has one of somebody else cannot be seen: it is taken back always.
 */
export function admittedCookies(world: World, { pair, pageHandle }: Admitted): string[] {
  if (pageHandle === undefined) throw new Error('A page signs in without a page session')
  return [
    sessionCookie(world, pageHandle, pair.refreshExpiresAt),
    accessCookie(world, pair),
    clearCookie('refresh', isSecure(world)),
  ]
}

/**
 * A page view renews what is about to run out: the access token, which lives for minutes and which the
 * proxies in front of other sites ask for, and once a day the page session itself.
 */
export async function renewed(world: World, call: Call, answer: Answer): Promise<Answer> {
  if (!call.caller) return answer
  return (await hasFreshAccess(world, call, call.caller)) ? answer : withNewAccess(world, call, answer)
}

/** The answer with a new access token of the page session, whatever the browser had. */
export async function withNewAccess(world: World, call: Call, answer: Answer): Promise<Answer> {
  const now = world.clock.now()
  await prepareMint(world, now)
  const subject = await findTokenSubject(world.db.query, { sessionId: callerOf(call).sessionId, now })
  if (!subject) return answer
  const access = accessCookie(world, mintAccessToken(world, { subject, now }))
  return withCookies(answer, [...(await longerSession(world, call, subject)), access])
}

/**
 * A token of another session that is accepted is left alone: somebody signed in there on purpose. One of this
 * session is renewed in the second half of its life.
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
  const handle = cookies.get(cookieName('session', isSecure(world)))
  if (handle === undefined) return []
  const { sessionId, expiresAt } = subject
  const lifetimeMs = world.settings.refreshLifetimeMs
  const moved = await keepAlive(world.db.query, {
    sessionId,
    expiresAt,
    now: world.clock.now(),
    lifetimeMs,
  })
  return moved === undefined ? [] : [sessionCookie(world, handle, moved)]
}

function sessionCookie(world: World, handle: string, expiresAt: number): string {
  return setCookie('session', handle, (expiresAt - world.clock.now()) / 1000, isSecure(world))
}
