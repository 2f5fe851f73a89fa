import type { Instant } from '#src/platform/clock.ts'
import type { Query, Row } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'
import type { Grant, Role } from '#src/users/role.ts'

/**
 * Takes the row that owns "who holds this role": of two administrators who demote each other at once, the
 * second counts after the first. Gives false where there is no such role.
 */
export async function claimMembers(query: Query, role: string, now: Instant): Promise<boolean> {
  const rows = await query(
    sql`update roles set members_changed_at = ${now} where name = ${role} returning name`,
  )
  return rows.length === 1
}

export async function activeMembersBeside(query: Query, role: string, userId: string): Promise<number> {
  const [row] = await query(sql`select count(*) as members from user_roles
    join users on users.id = user_roles.user_id
    where role = ${role} and user_id <> ${userId} and users.state = 'active'`)
  return row?.members as number
}

export async function holdsRole(query: Query, userId: string, role: string): Promise<boolean> {
  const rows = await query(sql`select 1 as held from user_roles where user_id = ${userId} and role = ${role}`)
  return rows.length === 1
}

/** Gives whether it was granted now: not, where it was held already. */
export async function insertGrant(
  query: Query,
  grant: { userId: string; role: string; now: Instant },
): Promise<boolean> {
  const rows = await query(sql`insert into user_roles (user_id, role, granted_at)
    values (${grant.userId}, ${grant.role}, ${grant.now}) on conflict do nothing returning role`)
  return rows.length === 1
}

/** Gives whether it was held until now. */
export async function deleteGrant(query: Query, userId: string, role: string): Promise<boolean> {
  const rows = await query(
    sql`delete from user_roles where user_id = ${userId} and role = ${role} returning role`,
  )
  return rows.length === 1
}

export async function countGrants(query: Query, userId: string): Promise<number> {
  const [row] = await query(sql`select count(*) as held from user_roles where user_id = ${userId}`)
  return row?.held as number
}

export async function grantsOf(query: Query, userId: string): Promise<Grant[]> {
  const rows = await query(sql`select role, description, granted_at from user_roles
    join roles on roles.name = user_roles.role where user_id = ${userId} order by role`)
  return rows.map((row) => ({
    role: row.role as string,
    description: row.description as string,
    grantedAt: row.granted_at as Instant,
  }))
}

/** Gives whether there was none of that name. */
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

export async function roleByName(query: Query, name: string): Promise<Role | undefined> {
  const [row] = await query(sql`select name, description, built_in_at, created_at,
    (select count(*) from user_roles where role = roles.name) as members from roles where name = ${name}`)
  return row && roleFromRow(row)
}

export async function rolesAfter(query: Query, after: string, most: number): Promise<Role[]> {
  const rows = await query(sql`select name, description, built_in_at, created_at,
    (select count(*) from user_roles where role = roles.name) as members
    from roles where name > ${after} order by name limit ${most}`)
  return rows.map(roleFromRow)
}

/** Gives whether it was changed: not, where there is none of that name, or it is built in. */
export async function setDescription(query: Query, name: string, description: string): Promise<boolean> {
  const rows = await query(sql`update roles set description = ${description}
    where name = ${name} and built_in_at is null returning name`)
  return rows.length === 1
}

/**
 * Decides a deletion beside a grant: nobody holds it, or it stays. Where a grant is committed while this
 * statement waits for it, the foreign key says no.
 */
export async function deleteRole(query: Query, name: string): Promise<boolean> {
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
