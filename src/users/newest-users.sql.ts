import type { Instant } from '#src/platform/clock.ts'
import type { Query } from '#src/store/db.ts'
import { type Sql, sql } from '#src/store/sql.ts'
import type { Filter } from '#src/users/user-list.sql.ts'

/*
 * The newest users with filters that few users pass: a scan by creation would read the whole table to fill a
 * page. Each statement is one constant text, so that it is prepared once.
 */

type Page = Filter & { readonly at: Instant; readonly id: string; readonly limit: number }

/** Reads the index of disabled users. */
export function disabledUsers({ role, at, id, limit }: Page): Sql {
  return sql`select users.*, (select string_agg(role, ',' order by role) from user_roles
      where user_id = users.id) as roles,
      (select count(*) from passkeys where user_id = users.id) as passkeys from users
    where state = 'disabled' and (created_at, id) < (${at}, ${id})
      and (cast(${role} as text) is null
        or (select count(*) from user_roles where user_id = users.id and role = ${role}) = 1)
    order by created_at desc, id desc limit ${limit}`
}

/** Begins with the users who have the role; `cross join` keeps SQLite from beginning with all users. */
export function usersWithRole({ role, state, at, id, limit }: Page): Sql {
  return sql`select users.*, (select string_agg(role, ',' order by role) from user_roles
      where user_id = users.id) as roles,
      (select count(*) from passkeys where user_id = users.id) as passkeys
    from user_roles as holders cross join users
    where holders.role = ${role} and users.id = holders.user_id and (created_at, id) < (${at}, ${id})
      and (cast(${state} as text) is null or state = ${state})
    order by created_at desc, id desc limit ${limit}`
}

/** Searches the users who were created since a moment. */
export function searchedSince(page: Page & { readonly since: Instant }): Sql {
  const { emailLike, nameLike, state, role, at, id, since, limit } = page
  return sql`select users.*, (select string_agg(role, ',' order by role) from user_roles
      where user_id = users.id) as roles,
      (select count(*) from passkeys where user_id = users.id) as passkeys from users
    where (created_at, id) < (${at}, ${id}) and created_at >= ${since}
      and (cast(${state} as text) is null or state = ${state})
      and (cast(${role} as text) is null
        or (select count(*) from user_roles where user_id = users.id and role = ${role}) = 1)
      and (email like ${emailLike} escape '!' or username_key like ${nameLike} escape '!'
        or full_name_key like ${nameLike} escape '!')
    order by created_at desc, id desc limit ${limit}`
}

/** The creation time of the user this many places later in the list; undefined beyond its end. */
export async function creationAfter(
  query: Query,
  { at, id, users }: { at: Instant; id: string; users: number },
): Promise<Instant | undefined> {
  const [row] = await query(sql`select created_at from users where (created_at, id) < (${at}, ${id})
    order by created_at desc, id desc limit 1 offset ${users}`)
  return row?.created_at as Instant | undefined
}

/** Counts the users who have a role, up to `max`. */
export async function countMembers(query: Query, role: string, max: number): Promise<number> {
  const [row] = await query(sql`select count(*) as members from
    (select 1 as one from user_roles where role = ${role} limit ${max}) as holders`)
  return Number(row?.members)
}
