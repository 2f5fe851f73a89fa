import type { AppKind } from '#src/apps/app.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Query } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

/** Returns a page of the ids of apps, newest first, that pass all filters; null lets every app pass. */
export async function appIdsMatching(
  query: Query,
  page: {
    like: string | null
    kind: AppKind | null
    state: 'enabled' | 'disabled' | null
    before: Instant
    beforeId: string
    limit: number
  },
): Promise<string[]> {
  const { like, kind, state, before, beforeId, limit } = page
  const rows = await query(sql`select client_id from apps
    where (created_at, client_id) < (${before}, ${beforeId})
      and (cast(${kind} as text) is null or kind = ${kind})
      and (cast(${state} as text) is null or case when disabled_at is null
        then 'enabled' else 'disabled' end = ${state})
      and (cast(${like} as text) is null or lower(name) like ${like} escape '!'
        or lower(client_id) like ${like} escape '!')
    order by created_at desc, client_id desc limit ${limit}`)
  return rows.map(({ client_id }) => client_id as string)
}

/** The names of the apps that may use an API. */
export async function appsOfApi(
  query: Query,
  apiId: string,
  limit: number,
): Promise<{ clientId: string; name: string }[]> {
  const rows = await query(sql`select apps.client_id, apps.name from app_apis
    join apps on apps.client_id = app_apis.client_id where app_apis.api_id = ${apiId}
    order by apps.name, apps.client_id limit ${limit}`)
  return rows.map((row) => ({ clientId: row.client_id as string, name: row.name as string }))
}
