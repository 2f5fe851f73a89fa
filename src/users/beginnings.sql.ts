import type { Query } from '#src/store/db.ts'
import { type Sql, sql } from '#src/store/sql.ts'
import type { Filter } from '#src/users/user-list.sql.ts'

/** Texts from `from` on and before `until`, in the order of their bytes. */
export type Beginning = { readonly from: string; readonly until: string }

type Wanted = Pick<Filter, 'state' | 'role'> & {
  readonly email: Beginning
  readonly name: Beginning
  readonly at: number
  readonly id: string
  readonly limit: number
}

/** Users whose email, username or full name begins so, newest first. Reads all matches, so count before. */
export function usersBeginning({ email, name, state, role, at, id, limit }: Wanted): Sql {
  return sql`select users.*, (select string_agg(role, ',' order by role) from user_roles
      where user_id = users.id) as roles,
      (select count(*) from passkeys where user_id = users.id) as passkeys from users
    where id in (
        select id from users where email collate "binary" >= ${email.from}
          and email collate "binary" < ${email.until}
        union select id from users where username_key collate "binary" >= ${name.from}
          and username_key collate "binary" < ${name.until}
        union select id from users where full_name_key collate "binary" >= ${name.from}
          and full_name_key collate "binary" < ${name.until})
      and (created_at, id) < (${at}, ${id})
      and (cast(${state} as text) is null or state = ${state})
      and (cast(${role} as text) is null
        or (select count(*) from user_roles where user_id = users.id and role = ${role}) = 1)
    order by created_at desc, id desc limit ${limit}`
}

type Counted = Pick<Wanted, 'email' | 'name'> & { readonly max: number }

/** Counts the matches, as far as `max` of each kind. */
export async function countBeginning(query: Query, { email, name, max }: Counted): Promise<number> {
  const [row] = await query(sql`select
    (select count(*) from (select 1 as one from users where email collate "binary" >= ${email.from}
      and email collate "binary" < ${email.until} limit ${max}) as emails)
    + (select count(*) from (select 1 as one from users where username_key collate "binary" >= ${name.from}
      and username_key collate "binary" < ${name.until} limit ${max}) as usernames)
    + (select count(*) from (select 1 as one from users where full_name_key collate "binary" >= ${name.from}
      and full_name_key collate "binary" < ${name.until} limit ${max}) as names) as matches`)
  return Number(row?.matches)
}
