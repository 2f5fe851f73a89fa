import { z } from 'zod'
import { showUser } from '#src/administration/show-user.ts'
import { byCallerOf } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { json } from '#src/http/answer.ts'
import { callerOf } from '#src/http/call.ts'
import { listOf, PageQuery, pageOf, readCursor } from '#src/http/cursor.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { endOthers, endOwn } from '#src/sessions/end.ts'
import { logOutEverywhere } from '#src/sessions/end-everywhere.ts'
import { listHistory, pageOfSessions } from '#src/sessions/list.ts'
import { sessionOnWire, signInOnWire } from '#src/sessions/on-wire.ts'
import { SessionBody, SignInBody } from '#src/sessions/schemas.ts'
import { emptyWhenRevoked, sessionsEndedAnswer } from '#src/tokens/answer-when-revoked.ts'
import { clearedOnSignOut, clearingCookies } from '#src/tokens/clear-cookies.ts'
import { LoggedOutEverywhere } from '#src/tokens/schemas.ts'
import type { World } from '#src/world/world.ts'

export const listSessionsOfUser = endpoint({
  summary: 'Lists the live sessions of a user, newest first.',
  query: PageQuery,
  responses: { 200: listOf(SessionBody) },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const { limit, cursor } = call.query
    const place = readCursor(cursor)
    const { id } = await showUser(world, call.params.id ?? '')
    const sessions = await pageOfSessions(world, { userId: id, place, limit })
    const { sessionId } = callerOf(call)
    return json(
      200,
      pageOf(sessions, {
        limit,
        placeOf: (session) => ({ at: session.createdAt, id: session.id }),
        onWire: (session) => sessionOnWire(session, sessionId),
      }),
    )
  },
})

export const endSessionsOfUser = endpoint({
  summary: 'Ends every session of a user. Their tokens are revoked when the response is sent.',
  responses: { 200: LoggedOutEverywhere, 202: LoggedOutEverywhere },
  clearsCookies: clearedOnSignOut,
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const { id } = await showUser(world, call.params.id ?? '')
    const { ended, propagated } = await endOthers(world, { userId: id, spared: '', by: byCallerOf(call) })
    const answer = await sessionsEndedAnswer(call, { sessionsEnded: ended, propagated })
    return id === callerOf(call).userId ? clearingCookies(world, answer) : answer
  },
})

export const endSessionOfUser = endpoint({
  summary: 'Ends one session of a user. Its tokens are revoked when the response is sent.',
  responses: { 204: null, 202: null },
  clearsCookies: clearedOnSignOut,
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const { id = '', sid = '' } = call.params
    const ended = await endOwn(world, { userId: id, sessionId: sid, by: byCallerOf(call) })
    if (!ended) throw new AppError('not_found')
    const answer = await emptyWhenRevoked(call, ended.propagated)
    return sid === callerOf(call).sessionId ? clearingCookies(world, answer) : answer
  },
})

export const logUserOutEverywhere = endpoint({
  summary: 'Ends every session of a user and rotates the signature, which revokes every token issued before.',
  body: z.strictObject({}),
  responses: { 200: LoggedOutEverywhere, 202: LoggedOutEverywhere },
  clearsCookies: clearedOnSignOut,
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const { id } = await showUser(world, call.params.id ?? '')
    const by = byCallerOf(call)
    const answer = await sessionsEndedAnswer(
      call,
      await logOutEverywhere(world, { userId: id, reason: 'logout_all', by }),
    )
    return id === callerOf(call).userId ? clearingCookies(world, answer) : answer
  },
})

export const listHistoryOfUser = endpoint({
  summary: 'Lists the sign-ins of a user, including failed ones, newest first.',
  query: PageQuery,
  responses: { 200: listOf(SignInBody) },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const { limit, cursor } = call.query
    const place = readCursor(cursor)
    const { id } = await showUser(world, call.params.id ?? '')
    const rows = await listHistory(world, { userId: id, place, limit })
    return json(
      200,
      pageOf(rows, { limit, placeOf: (row) => ({ at: row.at, id: row.id }), onWire: signInOnWire }),
    )
  },
})
