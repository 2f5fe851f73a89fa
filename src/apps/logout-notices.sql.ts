import type { Instant } from '#src/platform/clock.ts'
import type { Query, Row } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

/** A sign-in of a user to an app that wants to be notified when it ends. */
export type LogoutNotice = { readonly grantId: string; readonly clientId: string; readonly userId: string }

/** A step: for an app without a back-channel URI it does nothing. */
export async function insertLogoutNotice(
  query: Query,
  { grantId, clientId, userId, now }: LogoutNotice & { now: Instant },
): Promise<void> {
  await query(sql`insert into logout_notices (grant_id, client_id, user_id, created_at)
    select ${grantId}, client_id, ${userId}, ${now} from apps
    where client_id = ${clientId} and backchannel_uri is not null`)
}

/** Takes the notices of a user whose grants have ended: of several callers, exactly one gets each notice. */
export async function takeNoticesOfUser(query: Query, userId: string): Promise<LogoutNotice[]> {
  const rows = await query(sql`delete from logout_notices where user_id = ${userId}
      and not exists (select 1 from grants join apps on apps.client_id = grants.client_id
          and apps.epoch = grants.epoch
        where grants.id = logout_notices.grant_id and grants.ended_at is null
          and (grants.session_id is null or exists (select 1 from sessions
            where sessions.id = grants.session_id and sessions.ended_at is null)))
    returning grant_id, client_id, user_id`)
  return rows.map(fromRow)
}

/** The same for one grant that has ended. */
export async function takeNoticeOfGrant(query: Query, grantId: string): Promise<LogoutNotice[]> {
  const rows = await query(sql`delete from logout_notices where grant_id = ${grantId}
      and not exists (select 1 from grants where grants.id = logout_notices.grant_id and ended_at is null)
    returning grant_id, client_id, user_id`)
  return rows.map(fromRow)
}

/** The same for a batch of the notices of an app whose grants of an earlier epoch have ended. */
export async function takeNoticesOfApp(query: Query, clientId: string, max: number): Promise<LogoutNotice[]> {
  const rows = await query(sql`delete from logout_notices where grant_id in (
      select logout_notices.grant_id from logout_notices where logout_notices.client_id = ${clientId}
        and not exists (select 1 from grants join apps on apps.client_id = grants.client_id
            and apps.epoch = grants.epoch
          where grants.id = logout_notices.grant_id and grants.ended_at is null)
      limit ${max})
    returning grant_id, client_id, user_id`)
  return rows.map(fromRow)
}

/** Deletes a batch of the notices of grants that are gone without having been ended: they have expired. */
export async function deleteStaleNotices(query: Query, before: Instant, max: number): Promise<number> {
  const rows = await query(sql`delete from logout_notices where grant_id in (
      select grant_id from logout_notices where created_at < ${before} order by created_at limit ${max})
    returning grant_id`)
  return rows.length
}

function fromRow(row: Row): LogoutNotice {
  return {
    grantId: row.grant_id as string,
    clientId: row.client_id as string,
    userId: row.user_id as string,
  }
}
