import { showRole } from '#src/administration/show-role.ts'
import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { AppError } from '#src/errors/errors.ts'
import { type Role, roleName } from '#src/users/role.ts'
import { insertRole } from '#src/users/roles.sql.ts'
import type { World } from '#src/world/world.ts'

export async function createRole(
  world: World,
  { name, description, by }: { name: string; description: string; by: By },
): Promise<Role> {
  if (!roleName.test(name)) throw invalidName()
  const isNew = await world.db.transaction(async (query) => {
    const isAdded = await insertRole(query, { name, description, now: world.clock.now() })
    const target = { kind: 'role', id: name } as const
    if (isAdded) {
      await recordEvent(query, world, {
        event: 'role.created',
        by,
        target,
        details: { after: { description } },
      })
    }
    return isAdded
  })
  if (!isNew) throw new AppError('role_exists')
  return showRole(world, name)
}

function invalidName(): AppError {
  return new AppError('invalid_request', { errors: [{ pointer: '/name', code: 'not_a_role_name' }] })
}
