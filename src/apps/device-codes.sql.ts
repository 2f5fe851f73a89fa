import type { Instant } from '#src/platform/clock.ts'
import type { Query, Row } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

type Common = {
  readonly id: string
  readonly clientId: string
  /** The device's request, as JSON. */
  readonly asked: string
  readonly expiresAt: Instant
}

/** An approved code: the session of its user, and whether the device has received its tokens. */
export type AllowedCode = Common & {
  readonly state: 'allowed' | 'used'
  readonly userId: string
  readonly sessionId: string
}

/** A device that waits for the decision of its user in a browser (RFC 8628). */
export type DeviceCode =
  | AllowedCode
  | (Common & { readonly state: 'pending' })
  | (Common & { readonly state: 'denied' })

/** RFC 8628 section 3.2: how long a device waits between two polls. */
export const pollIntervalMs = 5000

export async function insertDeviceCode(
  query: Query,
  code: Pick<DeviceCode, 'id' | 'clientId' | 'asked' | 'expiresAt'> & {
    userCodeHash: string
    now: Instant
  },
): Promise<void> {
  const { id, clientId, asked, expiresAt, userCodeHash, now } = code
  await query(sql`insert into device_codes (id, user_code_hash, client_id, asked, state, poll_interval_ms,
      created_at, expires_at)
    values (${id}, ${userCodeHash}, ${clientId}, ${asked}, 'pending', ${pollIntervalMs}, ${now},
      ${expiresAt})`)
}

/** A code without a decision of its user yet. */
export async function pendingDeviceCode(
  query: Query,
  userCodeHash: string,
  now: Instant,
): Promise<DeviceCode | undefined> {
  const [row] = await query(sql`select * from device_codes
    where user_code_hash = ${userCodeHash} and state = 'pending' and expires_at > ${now}`)
  return row && fromRow(row)
}

export async function deviceCodeById(query: Query, id: string): Promise<DeviceCode | undefined> {
  const [row] = await query(sql`select * from device_codes where id = ${id}`)
  return row && fromRow(row)
}

/** This statement decides the race: of twenty parallel decisions exactly one counts. */
export async function decideDeviceCode(
  query: Query,
  decision: { id: string; state: 'allowed' | 'denied'; userId: string; sessionId: string; now: Instant },
): Promise<boolean> {
  const { id, state, userId, sessionId, now } = decision
  const rows = await query(sql`update device_codes set state = ${state}, user_id = ${userId},
      session_id = ${sessionId}
    where id = ${id} and state = 'pending' and expires_at > ${now} returning id`)
  return rows.length === 1
}

/** Counts a poll. Returns false if it is too early: the device then has to wait longer from now on. */
export async function countPoll(query: Query, id: string, now: Instant): Promise<boolean> {
  const rows = await query(sql`update device_codes set polled_at = ${now}
    where id = ${id} and (polled_at is null or polled_at + poll_interval_ms <= ${now}) returning id`)
  if (rows.length === 1) return true
  await query(sql`update device_codes set polled_at = ${now}, poll_interval_ms = poll_interval_ms + 5000
    where id = ${id} and poll_interval_ms < 60000`)
  return false
}

/** This statement decides the race: of twenty parallel polls exactly one gets the tokens. */
export async function useDeviceCode(query: Query, id: string, now: Instant): Promise<boolean> {
  const rows = await query(sql`update device_codes set state = 'used'
    where id = ${id} and state = 'allowed' and expires_at > ${now} returning id`)
  return rows.length === 1
}

export async function deleteExpiredCodes(query: Query, now: Instant, max: number): Promise<number> {
  const rows = await query(sql`delete from device_codes where id in
    (select id from device_codes where expires_at <= ${now} order by expires_at limit ${max}) returning id`)
  return rows.length
}

function fromRow(row: Row): DeviceCode {
  const common = {
    id: row.id as string,
    clientId: row.client_id as string,
    asked: row.asked as string,
    expiresAt: row.expires_at as Instant,
  }
  const state = row.state as DeviceCode['state']
  if (state === 'pending') return { ...common, state }
  if (state === 'denied') return { ...common, state }
  return { ...common, state, userId: row.user_id as string, sessionId: row.session_id as string }
}
