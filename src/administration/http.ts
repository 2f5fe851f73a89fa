import { z } from 'zod'
import { addUser } from '#src/accounts/add.ts'
import { disable, enable } from '#src/accounts/disable.ts'
import { editUser } from '#src/accounts/edit.ts'
import { removeWithTokens } from '#src/accounts/remove.ts'
import { createResetLink, setPasswordOf, unlock } from '#src/accounts/set-password.ts'
import { showUser } from '#src/administration/show-user.ts'
import { byCallerOf } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { empty, json } from '#src/http/answer.ts'
import { LongCursor, listOf, PageQuery, pageIn, readMark } from '#src/http/cursor.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { text } from '#src/http/text.ts'
import { rfc3339 } from '#src/platform/clock.ts'
import { emptyWhenRevoked, jsonWhenRevoked } from '#src/tokens/answer-when-revoked.ts'
import { UserBody } from '#src/tokens/schemas.ts'
import { EmailField, FullNameField, PasswordField, UsernameField } from '#src/users/fields.ts'
import { listUsers, sortKeyOf, sortKeysOf, userSorts } from '#src/users/list.ts'
import { maxRolesPerUser } from '#src/users/role.ts'
import { userOnWire } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

const OneUser = z.object({ user: UserBody })
const NoBody = z.strictObject({})

export const listAllUsers = endpoint({
  summary: 'Lists users, newest first by default.',
  query: PageQuery.extend({
    q: text({ min: 0, max: 200 }).optional().describe('Part of an email, a username or a full name'),
    status: z.enum(['active', 'disabled']).optional(),
    role: text({ min: 1, max: 100 }).optional().describe('Only users with this role'),
    sort: z.enum(userSorts).default('-created_at').describe('A leading minus sorts in descending order'),
    cursor: LongCursor,
  }),
  responses: { 200: listOf(UserBody) },
  errors: [],
  handle: async (world: World, { query }) => {
    const { q, status, role, sort, limit, cursor } = query
    const after = readMark(cursor, { order: sort, keys: sortKeysOf(sort) })
    const wish = { q: q?.trim() || undefined, state: status, role, sort, after, limit: limit + 1 }
    const users = await listUsers(world.db.query, wish)
    return json(
      200,
      pageIn(users, {
        order: sort,
        limit,
        markOf: (user) => ({ key: sortKeyOf(sort, user), id: user.id }),
        onWire: userOnWire,
      }),
    )
  },
})

export const createOneUser = endpoint({
  summary: 'Creates a user. Without a password, the user cannot sign in with one until it is set.',
  body: z.strictObject({
    email: EmailField,
    password: PasswordField.optional(),
    username: UsernameField.nullish(),
    full_name: FullNameField.nullish(),
    roles: z
      .array(text({ min: 1, max: 100 }))
      .max(maxRolesPerUser)
      .default(['default_user']),
  }),
  responses: { 201: OneUser },
  headers: { Location: 'URL of the user' },
  errors: ['already_registered', 'username_taken', 'too_many_roles', 'busy'],
  handle: async (world: World, call) => {
    const { email, password, username, full_name, roles } = call.body
    const names = { username: username ?? undefined, fullName: full_name ?? undefined }
    const input = { email, password, ...names, roles }
    const user = await addUser(world, { ...input, address: call.address, by: byCallerOf(call) })
    return json(201, { user: userOnWire(user) }, { location: `/api/v1/users/${user.id}` })
  },
})

export const showOneUser = endpoint({
  summary: 'Returns a user.',
  responses: { 200: UserBody },
  errors: ['not_found'],
  handle: async (world: World, { params }) => json(200, userOnWire(await showUser(world, params.id ?? ''))),
})

export const editOneUser = endpoint({
  summary: 'Updates a user. A new email ends every session; a new username revokes all access tokens.',
  body: z.strictObject({
    email: EmailField.optional(),
    username: UsernameField.nullable().optional(),
    full_name: FullNameField.nullable().optional(),
  }),
  responses: { 200: UserBody, 202: UserBody },
  errors: ['not_found', 'already_registered', 'username_taken'],
  handle: async (world: World, call) => {
    const { email, username, full_name } = call.body
    const edit = { email, username, fullName: full_name }
    const { user, propagated } = await editUser(world, {
      userId: call.params.id ?? '',
      edit,
      by: byCallerOf(call),
    })
    return jsonWhenRevoked(call, propagated, userOnWire(user))
  },
})

export const setPasswordOfUser = endpoint({
  summary:
    'Sets the password of a user and ends every session. With `must_change` the next sign-in has to ' +
    'replace it.',
  body: z.strictObject({ password: PasswordField, must_change: z.boolean().default(false) }),
  responses: { 204: null, 202: null },
  errors: ['not_found', 'busy'],
  handle: async (world: World, call) => {
    const { password, must_change: mustChange } = call.body
    const { address, params } = call
    const setting = { userId: params.id ?? '', password, mustChange, address, by: byCallerOf(call) }
    const { propagated } = await setPasswordOf(world, setting)
    return emptyWhenRevoked(call, propagated)
  },
})

export const createResetLinkForUser = endpoint({
  summary: 'Creates a link that sets a new password, once within an hour. It is not shown again.',
  responses: { 201: z.object({ url: z.string(), expires_at: z.iso.datetime() }) },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const link = await createResetLink(world, { userId: call.params.id ?? '', by: byCallerOf(call) })
    return json(201, { url: link.url, expires_at: rfc3339(link.expiresAt) })
  },
})

export const unlockUser = endpoint({
  summary: 'Unlocks a password that was locked after 100 wrong attempts in a row.',
  responses: { 204: null },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    await unlock(world, { userId: call.params.id ?? '', by: byCallerOf(call) })
    return empty(204)
  },
})

export const deleteOneUser = endpoint({
  summary: 'Deletes a user and all their data. Their tokens are revoked when the response is sent.',
  responses: { 204: null, 202: null },
  errors: ['not_found', 'last_admin'],
  handle: async (world: World, call) => {
    const { removed, propagated } = await removeWithTokens(world, {
      userId: call.params.id ?? '',
      by: byCallerOf(call),
    })
    if (removed === 'last_admin') throw new AppError('last_admin')
    if (removed === 'not_there') throw new AppError('not_found')
    return emptyWhenRevoked(call, propagated)
  },
})

export const disableUser = endpoint({
  summary: 'Disables a user: ends every session and revokes every token before the response is sent.',
  body: NoBody,
  responses: { 200: OneUser, 202: OneUser },
  errors: ['not_found', 'last_admin'],
  handle: async (world: World, call) => {
    const userId = call.params.id ?? ''
    const { disabled, propagated } = await disable(world, { userId, by: byCallerOf(call) })
    if (disabled === 'last_admin') throw new AppError('last_admin')
    return jsonWhenRevoked(call, propagated, { user: userOnWire(await showUser(world, userId)) })
  },
})

export const enableUser = endpoint({
  summary: 'Enables a disabled user. Ended sessions stay ended.',
  body: NoBody,
  responses: { 200: OneUser },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const userId = call.params.id ?? ''
    await enable(world, { userId, by: byCallerOf(call) })
    return json(200, { user: userOnWire(await showUser(world, userId)) })
  },
})
