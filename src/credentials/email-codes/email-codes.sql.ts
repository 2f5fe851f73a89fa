import { type CodePurpose, type EmailCode, maxCodeTries } from '#src/credentials/email-codes/email-code.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Query, Row } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

export type NewCode = EmailCode & {
  /** The subject of a code: only the newest code of a purpose and a subject works. */
  readonly subject: string
  readonly linkHash: string
  readonly createdAt: Instant
  readonly expiresAt: Instant
}

/** One write, whether or not the address is known. */
export async function replaceCode(query: Query, code: NewCode): Promise<void> {
  await query(sql`insert into email_codes (id, purpose, subject, user_id, email, link_hash, code_mac,
      browser_hash, tries, created_at, expires_at, used_at)
    values (${code.id}, ${code.purpose}, ${code.subject}, ${code.userId ?? null}, ${code.email ?? null},
      ${code.linkHash}, ${code.codeMac}, ${code.browserHash ?? null}, 0, ${code.createdAt},
      ${code.expiresAt}, null)
    on conflict (purpose, subject) do update set id = excluded.id, user_id = excluded.user_id,
      email = excluded.email, link_hash = excluded.link_hash, code_mac = excluded.code_mac,
      browser_hash = excluded.browser_hash, tries = 0, created_at = excluded.created_at,
      expires_at = excluded.expires_at, used_at = null`)
}

/** Counts a try before the code is compared. Returns undefined if there is no code. */
export async function takeCodeTry(
  query: Query,
  { purpose, subject, now }: { purpose: CodePurpose; subject: string; now: Instant },
): Promise<EmailCode | undefined> {
  const [row] = await query(sql`update email_codes set tries = tries + 1
    where purpose = ${purpose} and subject = ${subject} and used_at is null and expires_at > ${now}
      and tries < ${maxCodeTries} returning *`)
  return row && fromRow(row)
}

export async function codeByLink(
  query: Query,
  { purpose, linkHash, now }: { purpose: CodePurpose; linkHash: string; now: Instant },
): Promise<EmailCode | undefined> {
  const [row] = await query(sql`select * from email_codes where link_hash = ${linkHash}
    and purpose = ${purpose} and used_at is null and expires_at > ${now}`)
  return row && fromRow(row)
}

/**
 * This statement decides the race: of twenty parallel callers exactly one uses a code, and none after a newer
 * code.
 */
export async function useCode(query: Query, id: string, now: Instant): Promise<boolean> {
  const rows = await query(sql`update email_codes set used_at = ${now}
    where id = ${id} and used_at is null and expires_at > ${now} returning id`)
  return rows.length === 1
}

/** A new password invalidates earlier messages and links that could set another one. */
export async function useUpResets(query: Query, userId: string, now: Instant): Promise<void> {
  await query(sql`update email_codes set used_at = ${now}
    where user_id = ${userId} and purpose in ('reset', 'reset_link') and used_at is null`)
}

export async function deleteExpiredCodes(query: Query, now: Instant, max: number): Promise<number> {
  const rows = await query(sql`delete from email_codes where id in
    (select id from email_codes where expires_at <= ${now} order by expires_at limit ${max}) returning id`)
  return rows.length
}

function fromRow(row: Row): EmailCode {
  return {
    id: row.id as string,
    purpose: row.purpose as CodePurpose,
    userId: (row.user_id as string | null) ?? undefined,
    email: (row.email as string | null) ?? undefined,
    codeMac: row.code_mac as string,
    browserHash: (row.browser_hash as string | null) ?? undefined,
  }
}
