import { z } from 'zod'
import { grantRole } from '#src/accounts/grant-role.ts'
import { revokeRole } from '#src/accounts/revoke-role.ts'
import { createRole } from '#src/administration/create-role.ts'
import { deleteRole } from '#src/administration/delete-role.ts'
import { describeRole } from '#src/administration/describe-role.ts'
import { showRole } from '#src/administration/show-role.ts'
import { showUser } from '#src/administration/show-user.ts'
import { byCallerOf } from '#src/audit/by.ts'
import { empty, json } from '#src/http/answer.ts'
import { listOf, PageQuery, pageByName, pageOfShort, readName } from '#src/http/cursor.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { text } from '#src/http/text.ts'
import { emptyWhenRevoked } from '#src/tokens/answer-when-revoked.ts'
import { grantOnWire, roleOnWire } from '#src/users/role.ts'
import { hasRole, listGrants, listRoles } from '#src/users/roles.sql.ts'
import type { World } from '#src/world/world.ts'

const RoleBody = z
  .object({
    name: z.string(),
    description: z.string(),
    built_in: z.boolean(),
    members: z.int().describe('Number of users with the role'),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'Role' })

const GrantBody = z
  .object({ name: z.string(), description: z.string(), granted_at: z.iso.datetime() })
  .meta({ id: 'RoleGrant' })

const Description = text({ min: 0, max: 500 })

export const listAllRoles = endpoint({
  summary: 'Lists roles by name.',
  query: PageQuery,
  responses: { 200: listOf(RoleBody) },
  errors: [],
  handle: async (world: World, { query: { limit, cursor } }) => {
    const after = readName(cursor)
    const roles = await listRoles(world.db.query, { after, limit: limit + 1 })
    return json(200, pageByName(roles, { limit, onWire: roleOnWire }))
  },
})

export const createOneRole = endpoint({
  summary:
    'Creates a role. Its name cannot be changed: a letter a-z, then up to 62 of a-z, 0-9, "_" and "-".',
  body: z.strictObject({ name: text({ min: 1, max: 100 }), description: Description.default('') }),
  responses: { 201: z.object({ role: RoleBody }) },
  headers: { Location: 'URL of the role' },
  errors: ['role_exists'],
  handle: async (world: World, call) => {
    const role = await createRole(world, { ...call.body, by: byCallerOf(call) })
    return json(201, { role: roleOnWire(role) }, { location: `/api/v1/roles/${role.name}` })
  },
})

export const showOneRole = endpoint({
  summary: 'Returns a role.',
  responses: { 200: RoleBody },
  errors: ['not_found'],
  handle: async (world: World, { params }) => json(200, roleOnWire(await showRole(world, params.name ?? ''))),
})

export const editOneRole = endpoint({
  summary: 'Changes the description of a role.',
  body: z.strictObject({ description: Description }),
  responses: { 200: RoleBody },
  errors: ['not_found', 'built_in_role'],
  handle: async (world: World, call) => {
    const name = call.params.name ?? ''
    return json(200, roleOnWire(await describeRole(world, { name, ...call.body, by: byCallerOf(call) })))
  },
})

export const deleteOneRole = endpoint({
  summary: 'Deletes a role that no user has.',
  responses: { 204: null },
  errors: ['not_found', 'role_in_use', 'built_in_role'],
  handle: async (world: World, call) => {
    await deleteRole(world, { name: call.params.name ?? '', by: byCallerOf(call) })
    return empty(204)
  },
})

export const listRolesOfUser = endpoint({
  summary: 'Lists the roles of a user by name.',
  query: PageQuery,
  responses: { 200: listOf(GrantBody) },
  errors: ['not_found'],
  handle: async (world: World, { params, query }) => {
    const { id } = await showUser(world, params.id ?? '')
    const grants = await listGrants(world.db.query, id)
    return json(200, pageOfShort(grants, query, { idOf: ({ role }) => role, onWire: grantOnWire }))
  },
})

export const checkRoleOfUser = endpoint({
  summary: 'Returns whether a user has a role.',
  responses: { 200: z.object({ has: z.boolean() }) },
  errors: ['not_found'],
  handle: async (world: World, { params }) => {
    const { id } = await showUser(world, params.id ?? '')
    const { name } = await showRole(world, params.role ?? '')
    return json(200, { has: await hasRole(world.db.query, id, name) })
  },
})

export const grantRoleToUser = endpoint({
  summary:
    'Grants a role to a user. Old access tokens are revoked when the response is sent; new ones have it.',
  responses: { 204: null, 202: null },
  errors: ['not_found', 'too_many_roles'],
  handle: async (world: World, call) => {
    const { id = '', role = '' } = call.params
    const { propagated } = await grantRole(world, { userId: id, role, by: byCallerOf(call) })
    return emptyWhenRevoked(call, propagated)
  },
})

export const revokeRoleOfUser = endpoint({
  summary: 'Revokes a role from a user. No token that carries it is accepted once the response is sent.',
  responses: { 204: null, 202: null },
  errors: ['not_found', 'last_admin'],
  handle: async (world: World, call) => {
    const { id = '', role = '' } = call.params
    const { propagated } = await revokeRole(world, { userId: id, role, by: byCallerOf(call) })
    return emptyWhenRevoked(call, propagated)
  },
})
