import type { Instant } from '#src/platform/clock.ts'
import type { Query, Row } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'
import type { Grant, Role } from '#src/users/role.ts'

/**
 * Locks the row that owns the members of a role: when two administrators demote each other at once, the
 * second one counts after the first has committed. Returns false if there is no such role.
 */
export async function lockMembers(query: Query, role: string, now: Instant): Promise<boolean> {
  const rows = await query(
    sql`update roles set members_changed_at = ${now} where name = ${role} returning name`,
  )
  return rows.length === 1
}

/** Begins with the members of the role; `cross join` keeps SQLite from beginning with all users. */
export async function countOtherActiveMembers(query: Query, role: string, userId: string): Promise<number> {
  const [row] = await query(sql`select count(*) as members from user_roles cross join users
    where users.id = user_roles.user_id
      and role = ${role} and user_id <> ${userId} and users.state = 'active'`)
  return row?.members as number
}

export async function hasRole(query: Query, userId: string, role: string): Promise<boolean> {
  const rows = await query(sql`select 1 as held from user_roles where user_id = ${userId} and role = ${role}`)
  return rows.length === 1
}

/** Returns false if the user already has the role. */
export async function insertGrant(
  query: Query,
  grant: { userId: string; role: string; now: Instant },
): Promise<boolean> {
  const rows = await query(sql`insert into user_roles (user_id, role, granted_at)
    values (${grant.userId}, ${grant.role}, ${grant.now}) on conflict do nothing returning role`)
  return rows.length === 1
}

/** Returns false if the user did not have the role. */
export async function deleteGrant(query: Query, userId: string, role: string): Promise<boolean> {
  const rows = await query(
    sql`delete from user_roles where user_id = ${userId} and role = ${role} returning role`,
  )
  return rows.length === 1
}

export async function namesOfGrants(query: Query, userId: string): Promise<string[]> {
  const rows = await query(sql`select role from user_roles where user_id = ${userId}`)
  return rows.map(({ role }) => role as string)
}

export async function listGrants(query: Query, userId: string): Promise<Grant[]> {
  const rows = await query(sql`select role, description, granted_at from user_roles
    join roles on roles.name = user_roles.role where user_id = ${userId} order by role`)
  return rows.map((row) => ({
    role: row.role as string,
    description: row.description as string,
    grantedAt: row.granted_at as Instant,
  }))
}

/** Returns false if the name is taken. */
export async function insertRole(
  query: Query,
  role: { name: string; description: string; now: Instant },
): Promise<boolean> {
  const { name, description, now } = role
  const rows =
    await query(sql`insert into roles (name, description, built_in_at, created_at, members_changed_at)
    values (${name}, ${description}, null, ${now}, ${now}) on conflict do nothing returning name`)
  return rows.length === 1
}

export async function findRole(query: Query, name: string): Promise<Role | undefined> {
  const [row] = await query(sql`select name, description, built_in_at, created_at,
    (select count(*) from user_roles where role = roles.name) as members from roles where name = ${name}`)
  return row && roleFromRow(row)
}

/** The roles whose names sort after `after`, by name. */
export async function listRoles(
  query: Query,
  { after, limit }: { after: string; limit: number },
): Promise<Role[]> {
  const rows = await query(sql`select name, description, built_in_at, created_at,
    (select count(*) from user_roles where role = roles.name) as members
    from roles where name > ${after} order by name limit ${limit}`)
  return rows.map(roleFromRow)
}

/** Names only: counting the users of each role is slow if there are many. */
export async function roleNames(query: Query, limit: number): Promise<string[]> {
  const rows = await query(sql`select name from roles order by name limit ${limit}`)
  return rows.map(({ name }) => name as string)
}

/** Returns false if there is no such role, or it is built in. */
export async function setRoleDescription(query: Query, name: string, description: string): Promise<boolean> {
  const rows = await query(sql`update roles set description = ${description}
    where name = ${name} and built_in_at is null returning name`)
  return rows.length === 1
}

/**
 * Returns false if there is no such role, it is built in, or a user has it. Throws `BrokenReference` if it
 * was granted to a user at the same time: the foreign key decides that race.
 */
export async function removeRole(query: Query, name: string): Promise<boolean> {
  const rows = await query(sql`delete from roles where name = ${name} and built_in_at is null
    and not exists (select 1 from user_roles where role = ${name}) returning name`)
  return rows.length === 1
}

function roleFromRow(row: Row): Role {
  return {
    name: row.name as string,
    description: row.description as string,
    builtIn: row.built_in_at !== null,
    members: row.members as number,
    createdAt: row.created_at as Instant,
  }
}
