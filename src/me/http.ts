import { z } from 'zod'
import { FactorsBody, TrustedDeviceBody } from '#src/accounts/factor-schemas.ts'
import { byCallerOf } from '#src/audit/by.ts'
import { PasskeyBody } from '#src/credentials/passkeys/schemas.ts'
import { changePassword } from '#src/credentials/passwords/change-password.ts'
import { ConnectionBody } from '#src/credentials/upstream/on-wire.ts'
import { AppError } from '#src/errors/errors.ts'
import { empty, json, withCookies } from '#src/http/answer.ts'
import { callerOf } from '#src/http/call.ts'
import { listOf, PageQuery, pageOf, readCursor } from '#src/http/cursor.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { deleteMyself } from '#src/me/delete-myself.ts'
import { editProfile } from '#src/me/edit-profile.ts'
import { exportAnswer } from '#src/me/export-answer.ts'
import { myself } from '#src/me/myself.ts'
import { rfc3339 } from '#src/platform/clock.ts'
import { endOthers, endOwn } from '#src/sessions/end.ts'
import { listHistory, pageOfSessions } from '#src/sessions/list.ts'
import { sessionOnWire, signInOnWire } from '#src/sessions/on-wire.ts'
import { SessionBody, SignInBody } from '#src/sessions/schemas.ts'
import type { Session } from '#src/sessions/session.ts'
import { clearedOnSignOut, clearingCookies } from '#src/tokens/clear-cookies.ts'
import { pageCookies } from '#src/tokens/page-cookie.ts'
import { pairAnswer } from '#src/tokens/pair-answer.ts'
import { SignedIn, UserBody } from '#src/tokens/schemas.ts'
import { FullNameField, PasswordField, UsernameField } from '#src/users/fields.ts'
import { userOnWire } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

const Transport = z.enum(['body', 'cookie']).optional()

export const showMe = endpoint({
  summary: 'Returns the current user.',
  responses: { 200: UserBody },
  errors: [],
  handle: async (world: World, call) => json(200, userOnWire(await myself(world, call))),
})

export const editMe = endpoint({
  summary: 'Updates the profile. A new username revokes access tokens: refresh to get one that carries it.',
  body: z.strictObject({
    full_name: FullNameField.nullable().optional(),
    username: UsernameField.nullable().optional(),
  }),
  responses: { 200: UserBody },
  errors: ['username_taken', 'too_many_requests'],
  handle: async (world: World, call) => {
    const { username, full_name } = call.body
    const { userId } = callerOf(call)
    const edit = { username, fullName: full_name }
    return json(200, userOnWire(await editProfile(world, { userId, edit, by: byCallerOf(call) })))
  },
})

export const deleteMe = endpoint({
  summary:
    'Deletes the account and its data: at once, or at `deletes_at` if it can be restored until then. ' +
    'It is signed out everywhere. Needs a sign-in of the last 10 minutes or the password.',
  body: z.strictObject({ password: PasswordField.optional() }),
  responses: { 200: z.object({ deletes_at: z.iso.datetime() }), 204: null },
  clearsCookies: clearedOnSignOut,
  errors: ['wrong_password', 'step_up_required', 'last_admin', 'busy', 'too_many_requests'],
  handle: async (world: World, call) => {
    const { userId, sessionId } = callerOf(call)
    const { address, body } = call
    const by = byCallerOf(call)
    const deletion = { userId, sessionId, password: body.password, address, by }
    const deletesAt = await deleteMyself(world, deletion)
    const answer = deletesAt === undefined ? empty(204) : json(200, { deletes_at: rfc3339(deletesAt) })
    return clearingCookies(world, answer)
  },
})

export const changeMyPassword = endpoint({
  summary: 'Changes the password, ends all other sessions and returns a new pair for this one.',
  body: z.strictObject({
    current: PasswordField,
    new: PasswordField,
    transport: Transport.describe('Default: cookies if the call came with a cookie, otherwise the body'),
  }),
  responses: { 200: SignedIn },
  setsCookies: ['access', 'refresh', 'session'],
  errors: ['wrong_password', 'step_up_required', 'busy', 'too_many_requests'],
  handle: async (world: World, call) => {
    const { userId, sessionId, via } = callerOf(call)
    const { current, new: fresh, transport } = call.body
    const { address } = call
    const change = { userId, sessionId, current, fresh, address, by: byCallerOf(call) }
    const changed = await changePassword(world, change)
    await changed.propagated
    // The refresh cookie itself is not sent to this path, so it cannot be used to decide.
    const answer = pairAnswer(world, {
      pair: changed.pair,
      transport: transport ?? (via === 'cookie' ? 'cookie' : 'body'),
    })
    return withCookies(answer, pageCookies(world, changed))
  },
})

export const listMySessions = endpoint({
  summary: 'Lists the live sessions of the current user, newest first.',
  query: PageQuery,
  responses: { 200: listOf(SessionBody) },
  errors: [],
  handle: async (world: World, call) => {
    const { limit, cursor } = call.query
    const { userId, sessionId } = callerOf(call)
    const sessions = await pageOfSessions(world, { userId, place: readCursor(cursor), limit })
    const placeOf = ({ createdAt, id }: Session) => ({ at: createdAt, id })
    const onWire = (session: Session) => sessionOnWire(session, sessionId)
    return json(200, pageOf(sessions, { limit, placeOf, onWire }))
  },
})

export const endMySession = endpoint({
  summary: 'Ends a session of the current user. Its tokens are revoked before the response.',
  responses: { 204: null },
  clearsCookies: clearedOnSignOut,
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const { userId, sessionId } = callerOf(call)
    const id = call.params.id ?? ''
    const ended = await endOwn(world, { userId, sessionId: id, by: byCallerOf(call) })
    if (!ended) throw new AppError('not_found')
    await ended.propagated
    return id === sessionId ? clearingCookies(world, empty(204)) : empty(204)
  },
})

export const endMyOtherSessions = endpoint({
  summary: 'Ends all other sessions. If there are more than 100, this one needs a refresh too.',
  responses: { 200: z.object({ sessions_ended: z.int() }) },
  errors: [],
  handle: async (world: World, call) => {
    const { userId, sessionId } = callerOf(call)
    const { ended, propagated } = await endOthers(world, { userId, spared: sessionId, by: byCallerOf(call) })
    await propagated
    return json(200, { sessions_ended: ended })
  },
})

export const listMyHistory = endpoint({
  summary: 'Lists successful and failed sign-ins, newest first.',
  query: PageQuery,
  responses: { 200: listOf(SignInBody) },
  errors: [],
  handle: async (world: World, call) => {
    const { limit, cursor } = call.query
    const rows = await listHistory(world, { userId: callerOf(call).userId, place: readCursor(cursor), limit })
    return json(200, pageOf(rows, { limit, placeOf: ({ at, id }) => ({ at, id }), onWire: signInOnWire }))
  },
})

const OwnEventBody = z
  .object({
    id: z.string(),
    at: z.iso.datetime(),
    event: z.string(),
    by: z.enum(['you', 'another_user', 'verifier', 'nobody', 'cli', 'system']),
    ip: z.string().nullable().describe('Your IP address; null if it was not you'),
    details: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'OwnAuditEvent' })

export const exportMe = endpoint({
  summary: 'Exports all data of the current user. Needs a recent proof.',
  responses: {
    200: z.object({
      user: UserBody,
      passkeys: z.array(PasskeyBody),
      factors: FactorsBody,
      connections: z.array(ConnectionBody),
      sessions: z.array(SessionBody),
      history: z.array(SignInBody),
      trusted_devices: z.array(TrustedDeviceBody),
      audit_events: z.array(OwnEventBody),
    }),
  },
  headers: { 'Content-Disposition': 'Makes browsers save the response as a file with this name' },
  errors: ['step_up_required', 'too_many_requests'],
  handle: (world: World, call) => exportAnswer(world, callerOf(call)),
})
