import { deleteApi, lockApi } from '#src/apps/apis.sql.ts'
import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { AppError } from '#src/errors/errors.ts'
import { BrokenReference } from '#src/store/db.ts'
import type { World } from '#src/world/world.ts'

/** Removes an API that no app may use. */
export async function removeApi(world: World, { name, by }: { name: string; by: By }): Promise<void> {
  const removing = world.db.transaction(async (query) => {
    const before = await lockApi(query, name)
    if (before?.isManaged) return new AppError('managed_by_file')
    const isRemoved = await deleteApi(query, name)
    const target = { kind: 'api', id: name } as const
    if (isRemoved) await recordEvent(query, world, { event: 'api.removed', by, target, details: {} })
    return isRemoved
  })
  const isRemoved = await removing.catch((error: unknown) => {
    throw error instanceof BrokenReference ? new AppError('api_in_use') : error
  })
  if (isRemoved instanceof AppError) throw isRemoved
  if (!isRemoved) throw new AppError('not_found')
}
