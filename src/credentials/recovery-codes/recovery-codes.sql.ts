import type { Instant } from '#src/platform/clock.ts'
import type { Query } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

export async function insertCode(
  query: Query,
  { userId, codeHash, now }: { userId: string; codeHash: string; now: Instant },
): Promise<void> {
  await query(sql`insert into recovery_codes (user_id, code_hash, created_at)
    values (${userId}, ${codeHash}, ${now})`)
}

/** Of twenty parallel callers with one code, exactly one uses it. */
export async function spendCode(
  query: Query,
  { userId, codeHash, now }: { userId: string; codeHash: string; now: Instant },
): Promise<boolean> {
  const rows = await query(sql`update recovery_codes set used_at = ${now}
    where user_id = ${userId} and code_hash = ${codeHash} and used_at is null returning user_id`)
  return rows.length === 1
}

export async function countCodesLeft(query: Query, userId: string): Promise<number> {
  const [row] = await query(sql`select count(*) as codes from recovery_codes
    where user_id = ${userId} and used_at is null`)
  return row?.codes as number
}

export async function deleteCodes(query: Query, userId: string): Promise<void> {
  await query(sql`delete from recovery_codes where user_id = ${userId}`)
}
