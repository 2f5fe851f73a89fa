import type { Instant } from '#src/platform/clock.ts'
import type { Query } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

/** An app that a user has signed in to and that may still act for them. */
export type ConnectedApp = {
  readonly clientId: string
  readonly name: string
  /** Its web site. */
  readonly clientUri: string | undefined
  readonly scopes: readonly string[]
  readonly since: Instant
  readonly lastUsedAt: Instant
}

const separator = ' '

/** The apps with a live grant of the user, the one used last first. A user has at most 200 grants. */
export async function connectedApps(
  query: Query,
  { userId, now }: { userId: string; now: Instant },
): Promise<ConnectedApp[]> {
  const rows =
    await query(sql`select apps.client_id, apps.name, apps.client_uri, min(grants.created_at) as since,
      max(grants.rotated_at) as last_used_at, string_agg(grants.scopes, ${separator}) as scopes
    from grants join apps on apps.client_id = grants.client_id and apps.epoch = grants.epoch
    where grants.user_id = ${userId} and grants.ended_at is null and grants.expires_at > ${now}
      and (grants.session_id is null or exists (select 1 from sessions where sessions.id = grants.session_id
        and sessions.ended_at is null and sessions.expires_at > ${now}))
    group by apps.client_id, apps.name, apps.client_uri order by last_used_at desc, apps.client_id`)
  return rows.map((row) => ({
    clientId: row.client_id as string,
    name: row.name as string,
    clientUri: (row.client_uri as string | null) ?? undefined,
    scopes: [...new Set((row.scopes as string).split(' ').filter((scope) => scope !== ''))].sort(),
    since: row.since as Instant,
    lastUsedAt: row.last_used_at as Instant,
  }))
}
