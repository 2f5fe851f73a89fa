import type { TrustedDevice } from '#src/credentials/trusted-devices/trusted-device.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Query, Row } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

export async function insertDevice(
  query: Query,
  device: TrustedDevice & { tokenHash: string; signature: string },
): Promise<void> {
  const { id, tokenHash, userId, signature, client, createdAt, expiresAt } = device
  await query(sql`insert into trusted_devices
    (id, token_hash, user_id, signature, address, user_agent, created_at, last_used_at, expires_at)
    values (${id}, ${tokenHash}, ${userId}, ${signature}, ${client.address}, ${client.userAgent},
      ${createdAt}, ${device.lastUsedAt}, ${expiresAt})`)
}

/** The trust is bound to the user's signature at the time, and ends when the signature is rotated. */
export async function touchDevice(
  query: Query,
  {
    tokenHash,
    userId,
    signature,
    now,
  }: { tokenHash: string; userId: string; signature: string; now: Instant },
): Promise<boolean> {
  const rows = await query(sql`update trusted_devices set last_used_at = ${now}
    where token_hash = ${tokenHash} and user_id = ${userId} and signature = ${signature}
      and expires_at > ${now} returning id`)
  return rows.length === 1
}

/** Newest first, beginning at the cursor. */
export async function devicesBefore(
  query: Query,
  page: { userId: string; now: Instant; before: Instant; beforeId: string; max: number },
): Promise<TrustedDevice[]> {
  const { userId, now, before, beforeId, max } = page
  const rows = await query(sql`select trusted_devices.* from trusted_devices
    join users on users.id = user_id and users.signature = trusted_devices.signature
    where user_id = ${userId} and expires_at > ${now}
      and (trusted_devices.created_at, trusted_devices.id) < (${before}, ${beforeId})
    order by trusted_devices.created_at desc, trusted_devices.id desc limit ${max}`)
  return rows.map(fromRow)
}

export async function deleteDevice(query: Query, userId: string, id: string): Promise<boolean> {
  const rows = await query(sql`delete from trusted_devices
    where id = ${id} and user_id = ${userId} returning id`)
  return rows.length === 1
}

export async function deleteDevicesOf(query: Query, userId: string): Promise<void> {
  await query(sql`delete from trusted_devices where user_id = ${userId}`)
}

export async function deleteExpiredDevices(query: Query, now: Instant, max: number): Promise<number> {
  const rows = await query(sql`delete from trusted_devices where id in
    (select id from trusted_devices where expires_at <= ${now} limit ${max}) returning id`)
  return rows.length
}

function fromRow(row: Row): TrustedDevice {
  return {
    id: row.id as string,
    userId: row.user_id as string,
    client: { address: row.address as string, userAgent: row.user_agent as string },
    createdAt: row.created_at as Instant,
    lastUsedAt: row.last_used_at as Instant,
    expiresAt: row.expires_at as Instant,
  }
}
