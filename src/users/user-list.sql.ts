import type { Instant } from '#src/platform/clock.ts'
import type { Query, Row } from '#src/store/db.ts'
import { type Sql, sql } from '#src/store/sql.ts'
import type { User } from '#src/users/user.ts'
import { userFromRow } from '#src/users/users.sql.ts'

/** Which users to list; null means any. The patterns are for `like`, with `!` as the escape character. */
export type Filter = {
  readonly emailLike: string | null
  readonly nameLike: string | null
  readonly state: string | null
  readonly role: string | null
}

type AfterMoment = Filter & { readonly at: Instant; readonly id: string; readonly limit: number }
type AfterEmail = Filter & { readonly email: string; readonly limit: number }

/*
 * One constant text per order, so that each is prepared once and can use an index. All have the same
 * filters, except for the newest users: see `newest-users.ts`. Whether a user has a role is looked up for
 * each user: as a list, a role that a million users have would be read before the first of them is found.
 */

export function byCreation({ emailLike, nameLike, state, role, at, id, limit }: AfterMoment): Sql {
  return sql`select users.*, (select string_agg(role, ',' order by role) from user_roles
      where user_id = users.id) as roles,
      (select count(*) from passkeys where user_id = users.id) as passkeys from users
    where (created_at, id) > (${at}, ${id})
      and (cast(${state} as text) is null or state = ${state})
      and (cast(${role} as text) is null
        or (select count(*) from user_roles where user_id = users.id and role = ${role}) = 1)
      and (cast(${emailLike} as text) is null or email like ${emailLike} escape '!'
        or username_key like ${nameLike} escape '!' or full_name_key like ${nameLike} escape '!')
    order by created_at, id limit ${limit}`
}

/** Without a search, which reads users in batches. */
export function byCreationDescending({ state, role, at, id, limit }: AfterMoment): Sql {
  return sql`select users.*, (select string_agg(role, ',' order by role) from user_roles
      where user_id = users.id) as roles,
      (select count(*) from passkeys where user_id = users.id) as passkeys from users
    where (created_at, id) < (${at}, ${id})
      and (cast(${state} as text) is null or state = ${state})
      and (cast(${role} as text) is null
        or (select count(*) from user_roles where user_id = users.id and role = ${role}) = 1)
    order by created_at desc, id desc limit ${limit}`
}

/** Users who have never signed in come first. */
export function bySignIn({ emailLike, nameLike, state, role, at, id, limit }: AfterMoment): Sql {
  return sql`select users.*, (select string_agg(role, ',' order by role) from user_roles
      where user_id = users.id) as roles,
      (select count(*) from passkeys where user_id = users.id) as passkeys from users
    where (coalesce(last_signed_in_at, 0), id) > (${at}, ${id})
      and (cast(${state} as text) is null or state = ${state})
      and (cast(${role} as text) is null
        or (select count(*) from user_roles where user_id = users.id and role = ${role}) = 1)
      and (cast(${emailLike} as text) is null or email like ${emailLike} escape '!'
        or username_key like ${nameLike} escape '!' or full_name_key like ${nameLike} escape '!')
    order by coalesce(last_signed_in_at, 0), id limit ${limit}`
}

/** Users who have never signed in come last. */
export function bySignInDescending({ emailLike, nameLike, state, role, at, id, limit }: AfterMoment): Sql {
  return sql`select users.*, (select string_agg(role, ',' order by role) from user_roles
      where user_id = users.id) as roles,
      (select count(*) from passkeys where user_id = users.id) as passkeys from users
    where (coalesce(last_signed_in_at, 0), id) < (${at}, ${id})
      and (cast(${state} as text) is null or state = ${state})
      and (cast(${role} as text) is null
        or (select count(*) from user_roles where user_id = users.id and role = ${role}) = 1)
      and (cast(${emailLike} as text) is null or email like ${emailLike} escape '!'
        or username_key like ${nameLike} escape '!' or full_name_key like ${nameLike} escape '!')
    order by coalesce(last_signed_in_at, 0) desc, id desc limit ${limit}`
}

export function byEmail({ emailLike, nameLike, state, role, email, limit }: AfterEmail): Sql {
  return sql`select users.*, (select string_agg(role, ',' order by role) from user_roles
      where user_id = users.id) as roles,
      (select count(*) from passkeys where user_id = users.id) as passkeys from users
    where email collate "binary" > ${email}
      and (cast(${state} as text) is null or state = ${state})
      and (cast(${role} as text) is null
        or (select count(*) from user_roles where user_id = users.id and role = ${role}) = 1)
      and (cast(${emailLike} as text) is null or email like ${emailLike} escape '!'
        or username_key like ${nameLike} escape '!' or full_name_key like ${nameLike} escape '!')
    order by email collate "binary" limit ${limit}`
}

export function byEmailDescending({ emailLike, nameLike, state, role, email, limit }: AfterEmail): Sql {
  return sql`select users.*, (select string_agg(role, ',' order by role) from user_roles
      where user_id = users.id) as roles,
      (select count(*) from passkeys where user_id = users.id) as passkeys from users
    where email collate "binary" < ${email}
      and (cast(${state} as text) is null or state = ${state})
      and (cast(${role} as text) is null
        or (select count(*) from user_roles where user_id = users.id and role = ${role}) = 1)
      and (cast(${emailLike} as text) is null or email like ${emailLike} escape '!'
        or username_key like ${nameLike} escape '!' or full_name_key like ${nameLike} escape '!')
    order by email collate "binary" desc limit ${limit}`
}

export async function listUsersBy(query: Query, statement: Sql): Promise<User[]> {
  return (await query(statement)).map((row: Row) => userFromRow(row))
}
