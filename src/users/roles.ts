import type { Instant } from '#src/platform/clock.ts'
import type { Query } from '#src/store/db.ts'
import type { Role } from '#src/users/role.ts'
import { deleteRole, insertRole, roleByName, rolesAfter, setDescription } from '#src/users/roles.sql.ts'

export async function findRole(query: Query, name: string): Promise<Role | undefined> {
  return roleByName(query, name)
}

/** By name, those after the given one. */
export async function listRoles(
  query: Query,
  { after, most }: { after: string; most: number },
): Promise<Role[]> {
  return rolesAfter(query, after, most)
}

/** A step: false where there is one of that name. */
export async function addRole(
  query: Query,
  role: { name: string; description: string; now: Instant },
): Promise<boolean> {
  return insertRole(query, role)
}

/** A step: false where there is no such role, or it is built in. */
export async function describeRole(query: Query, name: string, description: string): Promise<boolean> {
  return setDescription(query, name, description)
}

/**
 * A step: false where there is no such role, it is built in, or somebody holds it. Faults with
 * `BrokenReference` where somebody was granted it at the same moment.
 */
export async function removeRole(query: Query, name: string): Promise<boolean> {
  return deleteRole(query, name)
}
