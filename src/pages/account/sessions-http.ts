import { byCallerOf } from '#src/audit/by.ts'
import { type Answer, seeOther } from '#src/http/answer.ts'
import { type Call, callerOf } from '#src/http/call.ts'
import { cookieName } from '#src/http/cookies.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { type Said, saying } from '#src/pages/flash.ts'
import { Refusal } from '#src/errors/errors.ts'
import { end, endOthers, endOwn } from '#src/sessions/end.ts'
import { logOutEverywhere } from '#src/sessions/end-everywhere.ts'
import { clearingCookies } from '#src/tokens/clear-cookies.ts'
import { logOut } from '#src/tokens/log-out.ts'
import { isSecure } from '#src/tokens/pair-answer.ts'
import type { World } from '#src/world/world.ts'

/** Signed out: nothing of ours is left in the browser. */
function farewell(world: World, what: Said): Answer {
  return clearingCookies(world, seeOther(saying('/sign-in', what)))
}

export const signOut = endpoint({
  says: 'Signs out of the page session and of the session of the access cookie.',
  answers: { 303: null },
  refuses: [],
  handle: async (world: World, call) => {
    if (call.caller) {
      const { sessionId } = call.caller
      const { reached } = await end(world, { sessionId, because: 'logout', by: byCallerOf(call) })
      await reached
    }
    await endSessionOfAccessCookie(world, call)
    return farewell(world, 'signed_out')
  },
})

/**
 * It may be of another session, of a client on this origin: clearing the cookie alone would leave that one
 * alive.
 */
async function endSessionOfAccessCookie(world: World, call: Call): Promise<void> {
  const accessToken = call.cookies.get(cookieName('access', isSecure(world)))
  if (accessToken === undefined) return
  try {
    const shown = { accessToken, refreshToken: undefined }
    await (await logOut(world, { ...shown, by: byCallerOf(call) })).reached
  } catch (fault) {
    // The token is none of ours, so there is nothing to end.
    if (!(fault instanceof Refusal && fault.code === 'not_signed_in')) throw fault
  }
}

export const signOutEverywhere = endpoint({
  says: 'Ends every session of mine; every token issued before is dead.',
  answers: { 303: null },
  refuses: ['not_signed_in'],
  handle: async (world: World, call) => {
    const { userId } = callerOf(call)
    const { reached } = await logOutEverywhere(world, { userId, because: 'logout_all', by: byCallerOf(call) })
    await reached
    return farewell(world, 'signed_out_everywhere')
  },
})

export const endOneSession = endpoint({
  says: 'Ends one of my sessions; this very one signs out.',
  answers: { 303: null },
  refuses: ['not_signed_in', 'not_found'],
  handle: async (world: World, call) => {
    const { userId, sessionId } = callerOf(call)
    const id = call.params.id ?? ''
    const ended = await endOwn(world, { userId, sessionId: id, by: byCallerOf(call) })
    if (!ended) throw new Refusal('not_found')
    await ended.reached
    return id === sessionId ? farewell(world, 'signed_out') : seeOther(saying('/account', 'session_ended'))
  },
})

export const endOtherSessions = endpoint({
  says: 'Ends all my sessions but this one.',
  answers: { 303: null },
  refuses: ['not_signed_in'],
  handle: async (world: World, call) => {
    const { userId, sessionId } = callerOf(call)
    const { reached } = await endOthers(world, { userId, spared: sessionId, by: byCallerOf(call) })
    await reached
    return seeOther(saying('/account', 'others_ended'))
  },
})
