import type { Instant } from '#src/platform/clock.ts'
import type { Query } from '#src/store/db.ts'
import { isLastAdmin } from '#src/users/last-admin.ts'
import { fitOneUser } from '#src/users/role.ts'
import { deleteGrant, hasRole, insertGrant, lockMembers, namesOfGrants } from '#src/users/roles.sql.ts'
import { lockUser } from '#src/users/users.sql.ts'

export type Granted = 'granted' | 'already' | 'no_such_role' | 'no_such_user' | 'too_many_roles'
export type Taken = 'taken' | 'not_held' | 'no_such_role' | 'no_such_user' | 'last_admin'

type Change = { readonly userId: string; readonly role: string; readonly now: Instant }

/**
 * A step: grants a role. It locks the row of the role and then the user's row, so that the role cannot be
 * deleted and no other grant can exceed the limit in the meantime. The caller rotates the signature in the
 * same transaction, because tokens carry roles.
 */
export async function giveRole(query: Query, { userId, role, now }: Change): Promise<Granted> {
  if (!(await lockMembers(query, role, now))) return 'no_such_role'
  if (!(await lockUser(query, userId))) return 'no_such_user'
  if (await hasRole(query, userId, role)) return 'already'
  if (!fitOneUser([...(await namesOfGrants(query, userId)), role])) return 'too_many_roles'
  await insertGrant(query, { userId, role, now })
  return 'granted'
}

/**
 * A step: revokes a role from a user, except `admin` from the last administrator. The caller rotates the
 * signature in the same transaction.
 */
export async function takeRole(query: Query, { userId, role, now }: Change): Promise<Taken> {
  if (role === 'admin' && (await isLastAdmin(query, { userId, now }))) return 'last_admin'
  if (!(await lockMembers(query, role, now))) return 'no_such_role'
  if (!(await lockUser(query, userId))) return 'no_such_user'
  return (await deleteGrant(query, userId, role)) ? 'taken' : 'not_held'
}
