import { AppError } from '#src/errors/errors.ts'
import type { Role } from '#src/users/role.ts'
import { findRole } from '#src/users/roles.sql.ts'
import type { World } from '#src/world/world.ts'

export async function showRole({ db }: World, name: string): Promise<Role> {
  const role = await findRole(db.query, name)
  if (!role) throw new AppError('not_found')
  return role
}
