import type { Instant } from '#src/platform/clock.ts'
import type { Query } from '#src/store/db.ts'
import { rowsOf, sql } from '#src/store/sql.ts'

/** The grants that an app got before it was removed or disabled. */
export type GoneApp = { readonly clientId: string; readonly epoch: string }

/**
 * The apps with live grants that have been removed, or have a new epoch. Of millions of grants it reads one
 * for each app and epoch: each step of the recursion finds the next one in the index.
 */
export async function goneAppsWithGrants(query: Query): Promise<GoneApp[]> {
  const rows = await query(sql`with recursive live (client_id, epoch) as (
      select (select client_id from grants where ended_at is null
          order by ended_at, client_id, epoch limit 1),
        (select epoch from grants where ended_at is null order by ended_at, client_id, epoch limit 1)
      union all
      select (select grants.client_id from grants where ended_at is null
          and (grants.client_id, grants.epoch) > (live.client_id, live.epoch)
          order by ended_at, grants.client_id, grants.epoch limit 1),
        (select grants.epoch from grants where ended_at is null
          and (grants.client_id, grants.epoch) > (live.client_id, live.epoch)
          order by ended_at, grants.client_id, grants.epoch limit 1)
      from live where live.client_id is not null)
    select client_id, epoch from live where client_id is not null and (select count(*) from apps
      where apps.client_id = live.client_id and apps.epoch = live.epoch) = 0`)
  return rows.map(({ client_id, epoch }) => ({ clientId: client_id as string, epoch: epoch as string }))
}

/** Ends a batch of the grants of such an app; their tokens are revoked already. */
export async function endGrantsOfGoneApp(
  query: Query,
  { clientId, epoch, now, max }: GoneApp & { now: Instant; max: number },
): Promise<number> {
  const rows = await query(sql`update grants set ended_at = ${now}, ended_reason = 'app_removed'
    where id in (select id from grants where ended_at is null and client_id = ${clientId}
      and epoch = ${epoch} limit ${max})
    returning id`)
  return rows.length
}

/** Deletes a batch of grants that ended before a moment. */
export async function deleteEndedGrants(query: Query, before: Instant, max: number): Promise<number> {
  const rows = await query(sql`delete from grants where id in
    (select id from grants where ended_at < ${before} limit ${max}) returning id`)
  return rows.length
}

/** Deletes a batch of grants whose longest lifetime ended before a moment. */
export async function deleteExpiredGrants(query: Query, before: Instant, max: number): Promise<number> {
  const rows = await query(sql`delete from grants where id in
    (select id from grants where last_expires_at < ${before} limit ${max}) returning id`)
  return rows.length
}

/** Deletes the grants of sessions that are deleted in the same transaction. */
export async function deleteGrantsOfSessions(query: Query, sessionIds: readonly string[]): Promise<number> {
  const list = sessionIds.map((session_id) => ({ session_id }))
  const rows = await query(sql`delete from grants where id in (select grants.id
      from ${rowsOf('session_id text', list)} as gone
        join grants on grants.session_id = gone.session_id)
    returning id`)
  return rows.length
}
