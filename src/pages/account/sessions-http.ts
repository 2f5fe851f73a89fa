import { byCallerOf } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import type { Answer } from '#src/http/answer.ts'
import { type Call, callerOf } from '#src/http/call.ts'
import { cookieName } from '#src/http/cookies.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { type Flash, seeOtherWithFlash } from '#src/pages/flash.ts'
import { end, endOthers, endOwn } from '#src/sessions/end.ts'
import { logOutEverywhere } from '#src/sessions/end-everywhere.ts'
import { clearingCookies } from '#src/tokens/clear-cookies.ts'
import { logOut } from '#src/tokens/log-out.ts'
import { isSecure } from '#src/tokens/pair-answer.ts'
import type { World } from '#src/world/world.ts'

/** Signed out: clears all session cookies. */
function signedOut(world: World, flash: Flash): Answer {
  return clearingCookies(world, seeOtherWithFlash(world, '/sign-in', flash))
}

export const signOut = endpoint({
  summary: 'Signs out of the page session and of the session of the access cookie.',
  responses: { 303: null },
  errors: [],
  handle: async (world: World, call) => {
    if (call.caller) {
      const { sessionId, userId } = call.caller
      const { propagated } = await end(world, { sessionId, userId, reason: 'logout', by: byCallerOf(call) })
      await propagated
    }
    await endSessionOfAccessCookie(world, call)
    return signedOut(world, 'signed_out')
  },
})

/** It may belong to another session of a client on this origin, which would not end with the cookie. */
async function endSessionOfAccessCookie(world: World, call: Call): Promise<void> {
  const accessToken = call.cookies.get(cookieName('access', isSecure(world)))
  if (accessToken === undefined) return
  try {
    const presented = { accessToken, refreshToken: undefined }
    await (await logOut(world, { ...presented, by: byCallerOf(call) })).propagated
  } catch (error) {
    // The token is not valid, so there is nothing to end.
    if (!(error instanceof AppError && error.code === 'not_signed_in')) throw error
  }
}

export const signOutEverywhere = endpoint({
  summary: 'Ends all sessions of the user and revokes all tokens.',
  responses: { 303: null },
  errors: ['not_signed_in'],
  handle: async (world: World, call) => {
    const { userId } = callerOf(call)
    const { propagated } = await logOutEverywhere(world, {
      userId,
      reason: 'logout_all',
      by: byCallerOf(call),
    })
    await propagated
    return signedOut(world, 'signed_out_everywhere')
  },
})

export const endOneSession = endpoint({
  summary: 'Ends one session of the user; ending the current one signs out.',
  responses: { 303: null },
  errors: ['not_signed_in', 'not_found'],
  handle: async (world: World, call) => {
    const { userId, sessionId } = callerOf(call)
    const id = call.params.id ?? ''
    const ended = await endOwn(world, { userId, sessionId: id, by: byCallerOf(call) })
    if (!ended) throw new AppError('not_found')
    await ended.propagated
    const isCurrent = id === sessionId
    return isCurrent
      ? signedOut(world, 'signed_out')
      : seeOtherWithFlash(world, '/account/devices', 'session_ended')
  },
})

export const endOtherSessions = endpoint({
  summary: 'Ends all sessions of the user except the current one.',
  responses: { 303: null },
  errors: ['not_signed_in'],
  handle: async (world: World, call) => {
    const { userId, sessionId } = callerOf(call)
    const { propagated } = await endOthers(world, { userId, spared: sessionId, by: byCallerOf(call) })
    await propagated
    return seeOtherWithFlash(world, '/account/devices', 'others_ended')
  },
})
