import { type Instant, rfc3339 } from '#src/platform/clock.ts'

/** Built-in roles can be neither changed nor deleted. */
export type Role = {
  readonly name: string
  readonly description: string
  readonly builtIn: boolean
  readonly members: number
  readonly createdAt: Instant
}

/** A role that a user has. */
export type Grant = { readonly role: string; readonly description: string; readonly grantedAt: Instant }

/** Every token carries all roles of its user, and is sent with every request. */
export const maxRolesPerUser = 32

/**
 * Browsers silently drop cookies over 4,096 bytes. With the longest email, username and public URL, an access
 * token has room for this many characters of role names in total.
 */
export const maxRoleCharacters = 1024

/** Whether one user may have all these roles. */
export function fitOneUser(names: readonly string[]): boolean {
  return names.length <= maxRolesPerUser && names.join('').length <= maxRoleCharacters
}

/** Names never change: tokens and the configuration of proxies contain them. */
export const roleName = /^[a-z][a-z0-9_-]{0,62}$/

export function roleOnWire(role: Role) {
  return {
    name: role.name,
    description: role.description,
    built_in: role.builtIn,
    members: role.members,
    created_at: rfc3339(role.createdAt),
  }
}

export function grantOnWire(grant: Grant) {
  return { name: grant.role, description: grant.description, granted_at: rfc3339(grant.grantedAt) }
}
