import type { Instant } from '#src/platform/clock.ts'
import type { GrantSubject } from '#src/sessions/grant.ts'
import { grantSubjectFromRow } from '#src/sessions/grants.sql.ts'
import type { Client } from '#src/sessions/session.ts'
import type { Query, Row } from '#src/store/db.ts'
import { rowsOf, sql } from '#src/store/sql.ts'

export type GrantRotation = {
  readonly handleHash: string
  readonly clientId: string
  readonly counter: number
  /** 1 for the next token; 0 if the app keeps the current one. */
  readonly step: 0 | 1
  /** The key that the app has proved. */
  readonly keyThumbprint: string | undefined
  readonly now: Instant
  readonly lifetimeMs: number
  readonly client: Client
}

/** The grant has the next counter now. Without a subject, its user is not active. */
export type GrantRotated = { readonly subject: GrantSubject | undefined }

/**
 * This statement decides a refresh of an app: of twenty parallel callers exactly one gets the row. It returns
 * the subject of the new access token, read in the snapshot of the update: what ends the session, the app or
 * the user after it revokes an id that the token carries.
 */
export async function rotateGrant(query: Query, rotation: GrantRotation): Promise<GrantRotated | undefined> {
  const { handleHash, clientId, counter, step, now, lifetimeMs, client, keyThumbprint = '' } = rotation
  const wanted = now + lifetimeMs
  const [row] = await query(sql`update grants set counter = counter + ${step}, rotated_at = ${now},
      rotated_address = ${client.address}, rotated_agent = ${client.userAgent},
      expires_at = case when last_expires_at < ${wanted} then last_expires_at else ${wanted} end
    where handle_hash = ${handleHash} and client_id = ${clientId} and counter = ${counter}
      and ended_at is null and expires_at > ${now}
      and (key_thumbprint is null or key_thumbprint = ${keyThumbprint})
      and (session_id is null or exists (select 1 from sessions where sessions.id = grants.session_id
        and sessions.ended_at is null and sessions.expires_at > ${now}))
      and exists (select 1 from apps where apps.client_id = grants.client_id and apps.disabled_at is null
        and apps.epoch = grants.epoch)
    returning *,
      (select expires_at from sessions where sessions.id = grants.session_id) as session_expires_at,
      (select state from users where users.id = grants.user_id) as user_state,
      (select moved_at from instance where instance.id = 1) as moved_at`)
  return row && grantRotatedFromRow(row)
}

/**
 * The same for many at once, on PostgreSQL: one statement, one commit. A grant that another transaction has
 * locked is skipped, as in `rotateCounters`. Returns what was rotated by the hash of the handle; what is not
 * in it is left to `rotateGrant`.
 */
export async function rotateGrants(
  query: Query,
  rotations: readonly GrantRotation[],
): Promise<Map<string, GrantRotated>> {
  const list = rotations.map(({ handleHash, clientId, keyThumbprint = '', lifetimeMs, client, ...rest }) => ({
    ...{ handle_hash: handleHash, client_id: clientId, key_thumbprint: keyThumbprint },
    ...{ counter: rest.counter, step: rest.step, now: rest.now, wanted: rest.now + lifetimeMs },
    ...{ address: client.address, agent: client.userAgent },
  }))
  const rows = await query(sql`update grants set counter = grants.counter + presented.step,
      rotated_at = presented.now, rotated_address = presented.address, rotated_agent = presented.agent,
      expires_at = case when grants.last_expires_at < presented.wanted
        then grants.last_expires_at else presented.wanted end
    from ${rowsOf(
      `handle_hash text, client_id text, key_thumbprint text, counter bigint, step bigint, now bigint,
        wanted bigint, address text, agent text`,
      list,
    )} as presented
      cross join lateral (select id, session_id, user_id, client_id, epoch from grants
        where handle_hash = presented.handle_hash and client_id = presented.client_id
          and counter = presented.counter and ended_at is null and expires_at > presented.now
          and (key_thumbprint is null or key_thumbprint = presented.key_thumbprint)
        limit 1 for update skip locked) as mine
      left join sessions on sessions.id = mine.session_id and sessions.ended_at is null
        and sessions.expires_at > presented.now
      join users on users.id = mine.user_id
      join apps on apps.client_id = mine.client_id and apps.disabled_at is null and apps.epoch = mine.epoch,
      instance
    where grants.id = mine.id and (mine.session_id is null or sessions.id is not null) and instance.id = 1
    returning grants.*, sessions.expires_at as session_expires_at, users.state as user_state, moved_at`)
  return new Map(rows.map((row) => [row.handle_hash as string, grantRotatedFromRow(row)]))
}

function grantRotatedFromRow(row: Row): GrantRotated {
  return { subject: row.user_state === 'active' ? grantSubjectFromRow(row) : undefined }
}
