import type { Instant } from '#src/platform/clock.ts'
import type { Query } from '#src/store/db.ts'
import { isLastAdmin } from '#src/users/last-admin.ts'
import { type Grant, maxRolesPerUser } from '#src/users/role.ts'
import {
  claimMembers,
  countGrants,
  deleteGrant,
  grantsOf,
  holdsRole,
  insertGrant,
} from '#src/users/roles.sql.ts'
import { lockUser } from '#src/users/users.sql.ts'

export type Granted = 'granted' | 'already' | 'no_such_role' | 'no_such_user' | 'too_many_roles'
export type Taken = 'taken' | 'not_held' | 'no_such_role' | 'no_such_user' | 'last_admin'

type Change = { readonly userId: string; readonly role: string; readonly now: Instant }

/**
 * A step: gives a role. It takes the row of the role and then the user's, so that the role cannot be deleted
 * and the roles of the user cannot be counted twice meanwhile. The signature must be renewed beside it:
 * tokens carry roles.
 */
export async function giveRole(query: Query, { userId, role, now }: Change): Promise<Granted> {
  if (!(await claimMembers(query, role, now))) return 'no_such_role'
  if (!(await lockUser(query, userId))) return 'no_such_user'
  if (await holdsRole(query, userId, role)) return 'already'
  if ((await countGrants(query, userId)) >= maxRolesPerUser) return 'too_many_roles'
  await insertGrant(query, { userId, role, now })
  return 'granted'
}

/**
 * A step: takes a role away, but not from the last administrator. The signature must be renewed beside it.
 */
export async function takeRole(query: Query, { userId, role, now }: Change): Promise<Taken> {
  if (role === 'admin' && (await isLastAdmin(query, { userId, now }))) return 'last_admin'
  if (!(await claimMembers(query, role, now))) return 'no_such_role'
  if (!(await lockUser(query, userId))) return 'no_such_user'
  return (await deleteGrant(query, userId, role)) ? 'taken' : 'not_held'
}

/** The roles of a user, by name, with what is said of each. */
export async function listGrants(query: Query, userId: string): Promise<Grant[]> {
  return grantsOf(query, userId)
}

export async function hasRole(query: Query, userId: string, role: string): Promise<boolean> {
  return holdsRole(query, userId, role)
}
