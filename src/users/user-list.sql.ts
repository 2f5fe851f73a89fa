import type { Instant } from '#src/platform/clock.ts'
import type { Query, Row } from '#src/store/db.ts'
import { type Sql, sql } from '#src/store/sql.ts'
import type { User } from '#src/users/user.ts'
import { userFromRow } from '#src/users/users.sql.ts'

/**
 * What a listed user must be; null asks nothing. The patterns are of `like`, with `!` before a literal sign.
 */
export type Filter = {
  readonly emailLike: string | null
  readonly nameLike: string | null
  readonly state: string | null
  readonly role: string | null
}

type AfterMoment = Filter & { readonly at: Instant; readonly id: string; readonly most: number }
type AfterEmail = Filter & { readonly email: string | null; readonly most: number }

/*
 * One constant text for each order, so that each is prepared once and can follow an index; the filters are
 * the same three lines in all of them.
 */

export function byCreation({ emailLike, nameLike, state, role, at, id, most }: AfterMoment): Sql {
  return sql`select users.*, (select string_agg(role, ',' order by role) from user_roles
      where user_id = users.id) as roles,
      (select count(*) from passkeys where user_id = users.id) as passkeys from users
    where (created_at > ${at} or (created_at = ${at} and id > ${id}))
      and (cast(${state} as text) is null or state = ${state})
      and (cast(${role} as text) is null or id in (select user_id from user_roles where role = ${role}))
      and (cast(${emailLike} as text) is null or email like ${emailLike} escape '!'
        or username_key like ${nameLike} escape '!' or full_name_key like ${nameLike} escape '!')
    order by created_at, id limit ${most}`
}

export function byCreationDown({ emailLike, nameLike, state, role, at, id, most }: AfterMoment): Sql {
  return sql`select users.*, (select string_agg(role, ',' order by role) from user_roles
      where user_id = users.id) as roles,
      (select count(*) from passkeys where user_id = users.id) as passkeys from users
    where (created_at < ${at} or (created_at = ${at} and id < ${id}))
      and (cast(${state} as text) is null or state = ${state})
      and (cast(${role} as text) is null or id in (select user_id from user_roles where role = ${role}))
      and (cast(${emailLike} as text) is null or email like ${emailLike} escape '!'
        or username_key like ${nameLike} escape '!' or full_name_key like ${nameLike} escape '!')
    order by created_at desc, id desc limit ${most}`
}

/** Those who never signed in come first. */
export function bySignIn({ emailLike, nameLike, state, role, at, id, most }: AfterMoment): Sql {
  return sql`select users.*, (select string_agg(role, ',' order by role) from user_roles
      where user_id = users.id) as roles,
      (select count(*) from passkeys where user_id = users.id) as passkeys from users
    where (coalesce(last_signed_in_at, 0) > ${at} or (coalesce(last_signed_in_at, 0) = ${at} and id > ${id}))
      and (cast(${state} as text) is null or state = ${state})
      and (cast(${role} as text) is null or id in (select user_id from user_roles where role = ${role}))
      and (cast(${emailLike} as text) is null or email like ${emailLike} escape '!'
        or username_key like ${nameLike} escape '!' or full_name_key like ${nameLike} escape '!')
    order by coalesce(last_signed_in_at, 0), id limit ${most}`
}

/** Those who never signed in come last. */
export function bySignInDown({ emailLike, nameLike, state, role, at, id, most }: AfterMoment): Sql {
  return sql`select users.*, (select string_agg(role, ',' order by role) from user_roles
      where user_id = users.id) as roles,
      (select count(*) from passkeys where user_id = users.id) as passkeys from users
    where (coalesce(last_signed_in_at, 0) < ${at} or (coalesce(last_signed_in_at, 0) = ${at} and id < ${id}))
      and (cast(${state} as text) is null or state = ${state})
      and (cast(${role} as text) is null or id in (select user_id from user_roles where role = ${role}))
      and (cast(${emailLike} as text) is null or email like ${emailLike} escape '!'
        or username_key like ${nameLike} escape '!' or full_name_key like ${nameLike} escape '!')
    order by coalesce(last_signed_in_at, 0) desc, id desc limit ${most}`
}

export function byEmail({ emailLike, nameLike, state, role, email, most }: AfterEmail): Sql {
  return sql`select users.*, (select string_agg(role, ',' order by role) from user_roles
      where user_id = users.id) as roles,
      (select count(*) from passkeys where user_id = users.id) as passkeys from users
    where (cast(${email} as text) is null or email > ${email})
      and (cast(${state} as text) is null or state = ${state})
      and (cast(${role} as text) is null or id in (select user_id from user_roles where role = ${role}))
      and (cast(${emailLike} as text) is null or email like ${emailLike} escape '!'
        or username_key like ${nameLike} escape '!' or full_name_key like ${nameLike} escape '!')
    order by email limit ${most}`
}

export function byEmailDown({ emailLike, nameLike, state, role, email, most }: AfterEmail): Sql {
  return sql`select users.*, (select string_agg(role, ',' order by role) from user_roles
      where user_id = users.id) as roles,
      (select count(*) from passkeys where user_id = users.id) as passkeys from users
    where (cast(${email} as text) is null or email < ${email})
      and (cast(${state} as text) is null or state = ${state})
      and (cast(${role} as text) is null or id in (select user_id from user_roles where role = ${role}))
      and (cast(${emailLike} as text) is null or email like ${emailLike} escape '!'
        or username_key like ${nameLike} escape '!' or full_name_key like ${nameLike} escape '!')
    order by email desc limit ${most}`
}

export async function listed(query: Query, statement: Sql): Promise<User[]> {
  return (await query(statement)).map((row: Row) => userFromRow(row))
}
