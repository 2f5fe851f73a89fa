import type { Instant } from '#src/platform/clock.ts'
import type { Query, Row } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

/** Returns a signed-in user to one host of one app, in the browser where the sign-in began. */
export type SiteCode = {
  readonly clientId: string
  readonly userId: string
  readonly sessionId: string
  readonly host: string
  readonly browserHash: string
}

type NewCode = SiteCode & { readonly codeHash: string; readonly now: Instant; readonly expiresAt: Instant }

export async function insertSiteCode(query: Query, code: NewCode): Promise<void> {
  await query(sql`insert into site_codes (code_hash, client_id, user_id, session_id, host, browser_hash,
      created_at, expires_at)
    values (${code.codeHash}, ${code.clientId}, ${code.userId}, ${code.sessionId}, ${code.host},
      ${code.browserHash}, ${code.now}, ${code.expiresAt})`)
}

type Presented = Pick<NewCode, 'codeHash' | 'clientId' | 'host' | 'browserHash' | 'now'>

/** The statement that decides who uses a code: of twenty parallel callers exactly one. */
export async function consumeSiteCode(query: Query, shown: Presented): Promise<SiteCode | undefined> {
  const [row] = await query(sql`update site_codes set used_at = ${shown.now}
    where code_hash = ${shown.codeHash} and client_id = ${shown.clientId} and host = ${shown.host}
      and browser_hash = ${shown.browserHash} and used_at is null and expires_at > ${shown.now}
    returning *`)
  return row && fromRow(row)
}

export async function deleteExpiredSiteCodes(query: Query, now: Instant, max: number): Promise<number> {
  const rows = await query(sql`delete from site_codes where code_hash in
    (select code_hash from site_codes where expires_at <= ${now} order by expires_at limit ${max})
    returning code_hash`)
  return rows.length
}

function fromRow(row: Row): SiteCode {
  return {
    clientId: row.client_id as string,
    userId: row.user_id as string,
    sessionId: row.session_id as string,
    host: row.host as string,
    browserHash: row.browser_hash as string,
  }
}
