import { z } from 'zod'
import { grantRole } from '#src/accounts/grant-role.ts'
import { revokeRole } from '#src/accounts/revoke-role.ts'
import { createRole } from '#src/administration/create-role.ts'
import { deleteRole } from '#src/administration/delete-role.ts'
import { byCli } from '#src/audit/by.ts'
import { type Command, failure, type Output, success, worldCommand } from '#src/cli/command.ts'
import {
  noSuchUser,
  propagationOnWire,
  propagationSentence,
  UserWord,
  userNamed,
} from '#src/cli/commands/one-user.ts'
import { columns } from '#src/cli/help.ts'
import { propagateAll } from '#src/revocations/commit.ts'
import type { Propagation } from '#src/revocations/propagation.ts'
import { roleOnWire } from '#src/users/role.ts'
import { findRole, listRoles } from '#src/users/roles.sql.ts'
import type { World } from '#src/world/world.ts'

const RoleWord = z.string().max(100)

/** More roles than any instance has; limits the size of one response. */
const maxListed = 10_000

const list = worldCommand({
  name: 'role list',
  creates: 'nothing',
  summary: 'List the roles and how many users have each.',
  operands: [],
  flags: {},
  input: z.strictObject({}),
  run: async ({ db }) => {
    const roles = await listRoles(db.query, { after: '', limit: maxListed })
    const rows = roles.map(({ name, members, description }) => [name, String(members), description])
    return success(columns([['NAME', 'MEMBERS', 'DESCRIPTION'], ...rows]), { roles: roles.map(roleOnWire) })
  },
})

const create = worldCommand({
  name: 'role create',
  creates: 'nothing',
  summary: 'Create a role. Its name cannot be changed.',
  operands: ['role'],
  flags: {
    description: { kind: 'text', value: 'TEXT', required: false, summary: 'What the role is for.' },
  },
  input: z.strictObject({ role: RoleWord, description: z.string().max(500).default('') }),
  run: async (world, { role: name, description }) => {
    const role = await createRole(world, { name, description, by: byCli })
    return success([`The role ${name} is created.`], { role: roleOnWire(role) })
  },
})

const remove = worldCommand({
  name: 'role delete',
  creates: 'nothing',
  summary: 'Delete a role that no user has.',
  operands: ['role'],
  flags: {},
  input: z.strictObject({ role: RoleWord }),
  run: async (world, { role: name }) => {
    if (!(await findRole(world.db.query, name))) return noRole(name)
    await deleteRole(world, { name, by: byCli })
    return success([`The role ${name} is deleted.`], { role: name })
  },
})

const grant = grantCommand('role grant', 'Grant a role to a user. It is in their next token.', {
  act: grantRole,
  sentence: (email, role) => `${email} has the role ${role}.`,
})

const revoke = grantCommand('role revoke', 'Revoke a role from a user. Tokens that carry it stop working.', {
  act: revokeRole,
  sentence: (email, role) => `${email} no longer has the role ${role}.`,
})

export const roleCommands: readonly Command[] = [list, create, remove, grant, revoke]

type Change = {
  act: (
    world: World,
    change: Parameters<typeof grantRole>[1],
  ) => Promise<{ propagated: Promise<Propagation> }>
  sentence: (email: string, role: string) => string
}

function grantCommand(name: string, summary: string, { act, sentence }: Change): Command {
  return worldCommand({
    name,
    creates: 'nothing',
    summary,
    operands: ['user', 'role'],
    flags: {},
    input: z.strictObject({ user: UserWord, role: RoleWord }),
    run: async (world, { user: login, role }) => {
      const user = await userNamed(world.db.query, login)
      const exists = user && (await findRole(world.db.query, role))
      if (!exists) {
        await propagateAll(world)
        return user ? noRole(role) : noSuchUser(login)
      }
      const propagation = await (await act(world, { userId: user.id, role, by: byCli })).propagated
      const lines = [`${sentence(user.email, role)} ${propagationSentence(propagation)}`]
      return success(lines, { user_id: user.id, role, ...propagationOnWire(propagation) })
    },
  })
}

function noRole(name: string): Output {
  const advice = '`sigil role list` lists the roles.'
  return failure('not_found', [`There is no role ${name}.`, advice])
}
