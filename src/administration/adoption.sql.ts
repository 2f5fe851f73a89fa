import type { Query } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

export type Adoption = {
  readonly users: number
  readonly passkey: number
  readonly totp: number
  readonly upstream: number
  /** With a passkey or a second factor. */
  readonly strong: number
}

/** Number of users with each way to sign in. Each count reads the index of its table by user. */
export async function countAdoption(query: Query): Promise<Adoption> {
  const [row = {}] = await query(sql`select
      (select count(*) from users) as users,
      (select count(distinct user_id) from passkeys) as passkey,
      (select count(*) from totp_secrets where confirmed_at is not null) as totp,
      (select count(distinct user_id) from upstream_identities) as upstream,
      (select count(*) from (select user_id from passkeys
        union select user_id from totp_secrets where confirmed_at is not null) as strong) as strong`)
  return {
    users: Number(row.users),
    passkey: Number(row.passkey),
    totp: Number(row.totp),
    upstream: Number(row.upstream),
    strong: Number(row.strong),
  }
}
