import { z } from 'zod'
import { grantRole } from '#src/accounts/grant-role.ts'
import { revokeRole } from '#src/accounts/revoke-role.ts'
import { createRole } from '#src/administration/create-role.ts'
import { deleteRole } from '#src/administration/delete-role.ts'
import { showRole } from '#src/administration/show-role.ts'
import { showUser } from '#src/administration/show-user.ts'
import { byCallerOf } from '#src/audit/by.ts'
import type { Call } from '#src/http/call.ts'
import { callerOf } from '#src/http/call.ts'
import { pageByName, readName } from '#src/http/cursor.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { confirmPage } from '#src/pages/console/confirm-page.ts'
import { consolePage, curl } from '#src/pages/console/console-page.ts'
import { mayChange } from '#src/pages/console/places.ts'
import { rolesContent } from '#src/pages/console/roles-page.ts'
import { seeOtherWithFlash } from '#src/pages/flash.ts'
import { Typed } from '#src/pages/form.ts'
import { attempt, type FormErrors, formErrorsOf } from '#src/pages/form-errors.ts'
import { textsOf } from '#src/pages/texts.ts'
import { listRoles } from '#src/users/roles.sql.ts'
import type { World } from '#src/world/world.ts'

const perPage = 50

type Shown = {
  readonly cursor: string | undefined
  readonly typed: { readonly name: string; readonly description: string }
  readonly errors: FormErrors | undefined
}

async function rolesPage(world: World, call: Call, { cursor, typed, errors }: Shown) {
  const after = readName(cursor)
  const found = await listRoles(world.db.query, { after, limit: perPage + 1 })
  const page = pageByName(found, { limit: perPage, onWire: (role) => role })
  const texts = textsOf(call)
  const content = rolesContent(texts, {
    roles: page.data,
    mayChange: mayChange(callerOf(call).roles),
    isFirst: cursor === undefined,
    nextCursor: page.next_cursor,
    typed,
    errors,
  })
  const shown = { title: texts.get('roles_page'), content, command: curl(world, 'GET', '/roles') }
  return consolePage(world, call, { place: '/admin/roles', status: errors?.status ?? 200, ...shown })
}

export const showRoles = endpoint({
  summary: 'The roles, and a form to create one.',
  query: z.object({ cursor: z.string().max(2000).optional() }),
  responses: { 200: null },
  errors: [],
  handle: (world: World, call) => {
    const typed = { name: '', description: '' }
    return rolesPage(world, call, { cursor: call.query.cursor, typed, errors: undefined })
  },
})

export const sendRole = endpoint({
  summary: 'Creates a role on the page.',
  body: z.object({ name: Typed, description: Typed }),
  responses: { 303: null },
  errors: ['role_exists'],
  handle: async (world: World, call) => {
    const { name, description } = call.body
    const typed = { name: name.trim(), description: description.trim().slice(0, 500) }
    const result = await attempt(() => createRole(world, { ...typed, by: byCallerOf(call) }))
    if (result.kind === 'done') return seeOtherWithFlash(world, '/admin/roles', 'role_created')
    const errors = formErrorsOf(textsOf(call), result.error, { role_exists: 'name' })
    return rolesPage(world, call, { cursor: undefined, typed, errors })
  },
})

export const confirmDeleteRole = endpoint({
  summary: 'Confirmation page for deleting a role.',
  responses: { 200: null },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const texts = textsOf(call)
    const { name } = await showRole(world, call.params.name ?? '')
    return confirmPage(world, call, {
      place: '/admin/roles',
      title: texts.get('delete_role_title'),
      subject: name,
      effects: [texts.get('effect_role_unused'), texts.get('effect_role_not_undone')],
      action: `/admin/roles/${name}/delete`,
      button: texts.get('delete'),
      cancel: '/admin/roles',
      command: curl(world, 'DELETE', `/roles/${name}`),
    })
  },
})

export const sendDeleteRole = endpoint({
  summary: 'Deletes a role that no user has.',
  responses: { 303: null },
  errors: ['not_found', 'built_in_role', 'role_in_use'],
  handle: async (world: World, call) => {
    await deleteRole(world, { name: call.params.name ?? '', by: byCallerOf(call) })
    return seeOtherWithFlash(world, '/admin/roles', 'role_deleted')
  },
})

export const sendGrant = endpoint({
  summary: 'Grants a role to a user.',
  body: z.object({ role: Typed }),
  responses: { 303: null },
  errors: ['not_found', 'too_many_roles'],
  handle: async (world: World, call) => {
    const { id: userId } = await showUser(world, call.params.id ?? '')
    const { propagated } = await grantRole(world, { userId, role: call.body.role, by: byCallerOf(call) })
    await propagated
    return seeOtherWithFlash(world, `/admin/users/${userId}`, 'role_granted')
  },
})

export const confirmRevoke = endpoint({
  summary: 'Confirmation page for revoking a role from a user.',
  responses: { 200: null },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const texts = textsOf(call)
    const { id, email } = await showUser(world, call.params.id ?? '')
    const { name } = await showRole(world, call.params.role ?? '')
    const isAdmin = name === 'admin'
    return confirmPage(world, call, {
      place: '/admin/users',
      title: texts.get('revoke_role_named', { role: name }),
      subject: email,
      effects: [
        texts.get('effect_role_tokens'),
        texts.get('effect_sessions_stay'),
        ...(isAdmin ? [texts.get('effect_no_console')] : []),
      ],
      action: `/admin/users/${id}/roles/${name}/revoke`,
      button: texts.get('revoke'),
      cancel: `/admin/users/${id}`,
      command: curl(world, 'DELETE', `/users/${id}/roles/${name}`),
    })
  },
})

export const sendRevoke = endpoint({
  summary: 'Revokes a role from a user.',
  responses: { 303: null },
  errors: ['not_found', 'last_admin'],
  handle: async (world: World, call) => {
    const { id: userId } = await showUser(world, call.params.id ?? '')
    const { name: role } = await showRole(world, call.params.role ?? '')
    await (await revokeRole(world, { userId, role, by: byCallerOf(call) })).propagated
    const isOwnConsole = role === 'admin' && userId === callerOf(call).userId
    return seeOtherWithFlash(world, isOwnConsole ? '/account' : `/admin/users/${userId}`, 'role_revoked')
  },
})
