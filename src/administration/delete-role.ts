import { showRole } from '#src/administration/show-role.ts'
import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { Refusal } from '#src/errors/errors.ts'
import { BrokenReference } from '#src/store/db.ts'
import { removeRole } from '#src/users/roles.ts'
import type { World } from '#src/world/world.ts'

/** Deletes a role that nobody holds; a grant at the same moment comes wholly before or wholly after. */
export async function deleteRole(world: World, { name, by }: { name: string; by: By }): Promise<void> {
  const removing = world.db.transaction(async (query) => {
    const isGone = await removeRole(query, name)
    const target = { kind: 'role', id: name } as const
    if (isGone) await recordEvent(query, world, { event: 'role.deleted', by, target, details: {} })
    return isGone
  })
  const isRemoved = await removing.catch(refuseInUse)
  if (isRemoved) return
  const { builtIn } = await showRole(world, name)
  throw new Refusal(builtIn ? 'built_in_role' : 'role_in_use')
}

function refuseInUse(fault: unknown): never {
  throw fault instanceof BrokenReference ? new Refusal('role_in_use') : fault
}
