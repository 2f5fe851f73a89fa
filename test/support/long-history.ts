import { sql } from '#src/store/sql.ts'
import type { World } from '#src/world/world.ts'

/** Makes a history entry over 1,400 bytes long: in JSON each of these characters takes six bytes. */
const userAgent = '\u0001'.repeat(200)

/** Inserts this many old sign-ins of a user, one per millisecond, each with a long User-Agent. */
export async function writeHistory({ db }: World, userId: string, count: number): Promise<void> {
  await db.query(sql`insert into sign_ins (id, user_id, at, outcome, method, address, user_agent)
    with recursive line (number) as
      (select 1 union all select number + 1 from line where number < ${count})
    select ${userId} || number, ${userId}, number, 'wrong_credentials', 'password', '127.0.0.1', ${userAgent}
    from line`)
}

/** Inserts this many live sessions of a user. */
export async function writeSessions({ db, clock }: World, userId: string, count: number): Promise<void> {
  const later = clock.now() + 60 * 60 * 1000
  await db.query(sql`insert into sessions (id, user_id, handle_hash, method, amr, acr, authenticated_at,
      created_at, expires_at, last_expires_at, address, user_agent, counter, rotated_at, rotated_address,
      rotated_agent)
    with recursive line (number) as
      (select 1 union all select number + 1 from line where number < ${count})
    select ${userId} || number, ${userId}, ${userId} || number, 'password', '["pwd"]', 'aal1', number, number,
      ${later}, ${later}, '127.0.0.1', 'Many', 0, number, '127.0.0.1', 'Many'
    from line`)
}
