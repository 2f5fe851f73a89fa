import type { App } from '#src/apps/app.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Query, Row } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

/** A sign-in of a user to an app that wants to be notified when it ends. */
export type LogoutNotice = {
  readonly grantId: string
  readonly clientId: string
  readonly userId: string
  /** The app, where it is removed. */
  readonly removed?: LogoutTarget
}

/** The data of the app that a logout token needs. */
export type LogoutTarget = Pick<
  App,
  'clientId' | 'backchannelUri' | 'idTokenAlg' | 'subjectType' | 'redirectUris'
>

/** The same for the audit log, by names that it does not take for secrets. */
export function logoutDetailsOf({ backchannelUri, idTokenAlg, subjectType, redirectUris }: App) {
  if (backchannelUri === undefined) return undefined
  return { uri: backchannelUri, alg: idTokenAlg, subject_type: subjectType, redirect_uris: redirectUris }
}

type LogoutDetails = NonNullable<ReturnType<typeof logoutDetailsOf>>

export function logoutTargetFrom(
  clientId: string,
  { uri, alg, subject_type, redirect_uris }: LogoutDetails,
): LogoutTarget {
  const how = { idTokenAlg: alg, subjectType: subject_type, redirectUris: redirect_uris }
  return { clientId, backchannelUri: uri, ...how }
}

/** A step, for a grant that has just been inserted: without a back-channel URI of its app it does nothing. */
export async function insertLogoutNotice(
  query: Query,
  { grantId, now }: { grantId: string; now: Instant },
): Promise<void> {
  await query(sql`insert into logout_notices (grant_id, client_id, user_id, created_at, check_at)
    select grants.id, grants.client_id, grants.user_id, ${now},
      case when sessions.expires_at < grants.expires_at then sessions.expires_at else grants.expires_at end
    from grants join apps on apps.client_id = grants.client_id
      left join sessions on sessions.id = grants.session_id
    where grants.id = ${grantId} and apps.backchannel_uri is not null`)
}

/**
 * Takes the notices of a user whose grants have ended: of several callers, exactly one gets each
 * notice. Those of a removed app are left to the event of its removal, which contains the address.
 */
export async function takeNoticesOfUser(query: Query, userId: string): Promise<LogoutNotice[]> {
  const rows = await query(sql`delete from logout_notices where user_id = ${userId}
      and exists (select 1 from apps where apps.client_id = logout_notices.client_id)
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

/**
 * Takes a batch of the notices of sign-ins that have expired: nothing has ended them, but the lifetime of the
 * grant or of its session is over.
 */
export async function takeExpiredNotices(query: Query, now: Instant, max: number): Promise<LogoutNotice[]> {
  const rows = await query(sql`delete from logout_notices where grant_id in (
      select grant_id from logout_notices where check_at <= ${now} order by check_at limit ${max})
      and not exists (select 1 from grants left join sessions on sessions.id = grants.session_id
        where grants.id = logout_notices.grant_id and grants.ended_at is null and grants.expires_at > ${now}
          and (grants.session_id is null or (sessions.ended_at is null and sessions.expires_at > ${now})))
    returning grant_id, client_id, user_id`)
  return rows.map(fromRow)
}

/** Postpones the next check of the others to the moment at which they would expire if they are not used. */
export async function postponeChecks(query: Query, now: Instant, max: number): Promise<number> {
  const rows = await query(sql`update logout_notices set check_at = coalesce((
      select case when sessions.expires_at < grants.expires_at then sessions.expires_at
        else grants.expires_at end
      from grants left join sessions on sessions.id = grants.session_id
      where grants.id = logout_notices.grant_id), check_at)
    where grant_id in (
      select grant_id from logout_notices where check_at <= ${now} order by check_at limit ${max})
    returning grant_id`)
  return rows.length
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
