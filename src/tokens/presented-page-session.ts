import { byCallerOf } from '#src/audit/by.ts'
import type { Call } from '#src/http/call.ts'
import { cookieName } from '#src/http/cookies.ts'
import { findPageSession, readPageSession } from '#src/sessions/page-session.ts'
import { isSecure } from '#src/tokens/pair-answer.ts'
import type { World } from '#src/world/world.ts'

/** The page session in the cookie of a call. HEAD only reads it. */
export async function presentedPageSession(world: World, call: Call): ReturnType<typeof findPageSession> {
  const cookie = call.cookies.get(cookieName('session', isSecure(world)))
  if (cookie === undefined) return undefined
  if (call.method === 'HEAD') return readPageSession(world, cookie)
  return findPageSession(world, cookie, byCallerOf({ ...call, caller: undefined }))
}
