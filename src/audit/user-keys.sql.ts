import type { Instant } from '#src/platform/clock.ts'
import type { Query, Row } from '#src/store/db.ts'
import { rowsOf, sql } from '#src/store/sql.ts'

export type SealedUserKey = { readonly sealed: string; readonly createdAt: Instant }

export async function userKeyOf(query: Query, userId: string): Promise<SealedUserKey | undefined> {
  const [row] = await query(sql`select sealed, created_at from user_keys where user_id = ${userId}`)
  return row && fromRow(row)
}

/** The keys of several users, by their ids. */
export async function userKeysOf(
  query: Query,
  userIds: readonly string[],
): Promise<Map<string, SealedUserKey>> {
  const list = userIds.map((user_id) => ({ user_id }))
  const rows = await query(sql`select user_keys.user_id, sealed, created_at
    from ${rowsOf('user_id text', list)} as wanted
      join user_keys on user_keys.user_id = wanted.user_id`)
  return new Map(rows.map((row) => [row.user_id as string, fromRow(row)]))
}

/** Undefined if the user has a key already, or does not exist. */
export async function insertUserKey(
  query: Query,
  { userId, sealed, createdAt }: SealedUserKey & { userId: string },
): Promise<SealedUserKey | undefined> {
  const [row] = await query(sql`insert into user_keys (user_id, sealed, created_at)
    select id, ${sealed}, ${createdAt} from users where id = ${userId}
    on conflict (user_id) do nothing returning sealed, created_at`)
  return row && fromRow(row)
}

function fromRow(row: Row): SealedUserKey {
  return { sealed: row.sealed as string, createdAt: row.created_at as Instant }
}
