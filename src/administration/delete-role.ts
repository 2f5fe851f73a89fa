import { showRole } from '#src/administration/show-role.ts'
import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { AppError } from '#src/errors/errors.ts'
import { BrokenReference } from '#src/store/db.ts'
import { removeRole } from '#src/users/roles.sql.ts'
import type { World } from '#src/world/world.ts'

/** Deletes a role that no user has. A concurrent grant happens either wholly before or wholly after. */
export async function deleteRole(world: World, { name, by }: { name: string; by: By }): Promise<void> {
  const deleting = world.db.transaction(async (query) => {
    const isDeleted = await removeRole(query, name)
    const target = { kind: 'role', id: name } as const
    if (isDeleted) await recordEvent(query, world, { event: 'role.deleted', by, target, details: {} })
    return isDeleted
  })
  const isDeleted = await deleting.catch(roleInUse)
  if (isDeleted) return
  const { builtIn } = await showRole(world, name)
  throw new AppError(builtIn ? 'built_in_role' : 'role_in_use')
}

function roleInUse(error: unknown): never {
  throw error instanceof BrokenReference ? new AppError('role_in_use') : error
}
