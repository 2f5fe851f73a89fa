import type { Instant } from '#src/platform/clock.ts'
import type { Query } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

/** The only link: earlier ones stop working. */
export async function replaceSetupLink(
  query: Query,
  link: { tokenHash: string; now: Instant; expiresAt: Instant },
): Promise<void> {
  await query(sql`delete from setup_links`)
  await query(sql`insert into setup_links (token_hash, created_at, expires_at)
    values (${link.tokenHash}, ${link.now}, ${link.expiresAt})`)
}

export async function isSetupLinkOpen(query: Query, tokenHash: string, now: Instant): Promise<boolean> {
  const rows = await query(sql`select 1 as open from setup_links
    where token_hash = ${tokenHash} and used_at is null and expires_at > ${now}`)
  return rows.length === 1
}

/** Exactly one caller can use a link, and none once there is an administrator. */
export async function useSetupLink(query: Query, tokenHash: string, now: Instant): Promise<boolean> {
  const rows = await query(sql`update setup_links set used_at = ${now}
    where token_hash = ${tokenHash} and used_at is null and expires_at > ${now}
      and not exists (select 1 from user_roles where role = 'admin') returning token_hash`)
  return rows.length === 1
}

export async function hasAdministrator(query: Query): Promise<boolean> {
  const rows = await query(sql`select 1 as held from user_roles where role = 'admin' limit 1`)
  return rows.length === 1
}
