import { showRole } from '#src/administration/show-role.ts'
import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { AppError } from '#src/errors/errors.ts'
import type { Role } from '#src/users/role.ts'
import { findRole, setRoleDescription } from '#src/users/roles.sql.ts'
import type { World } from '#src/world/world.ts'

export async function describeRole(
  world: World,
  { name, description, by }: { name: string; description: string; by: By },
): Promise<Role> {
  const isChanged = await world.db.transaction(async (query) => {
    const before = await findRole(query, name)
    const isDescribed = await setRoleDescription(query, name, description)
    if (isDescribed) {
      await recordEvent(query, world, {
        event: 'role.changed',
        by,
        target: { kind: 'role', id: name },
        details: { before: { description: before?.description }, after: { description } },
      })
    }
    return isDescribed
  })
  const role = await showRole(world, name)
  if (!isChanged && role.builtIn) throw new AppError('built_in_role')
  return role
}
