import { type DeviceType, maxPasskeysPerUser, type Passkey } from '#src/credentials/passkeys/passkey.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Query, Row } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

/** Inserts under the row lock of its user. Returns false if the credential is already registered. */
export async function insertPasskey(query: Query, passkey: Passkey): Promise<boolean> {
  const rows = await query(sql`insert into passkeys (id, user_id, credential_id, public_key, counter,
      transports, aaguid, name, device_type, backed_up_at, user_verified_at, created_at)
    values (${passkey.id}, ${passkey.userId}, ${passkey.credentialId}, ${passkey.publicKey},
      ${passkey.counter}, ${passkey.transports.join(',')}, ${passkey.aaguid}, ${passkey.name},
      ${passkey.deviceType}, ${passkey.backedUpAt ?? null}, ${passkey.userVerifiedAt ?? null},
      ${passkey.createdAt})
    on conflict do nothing returning id`)
  return rows.length === 1
}

/** Oldest first. */
export async function passkeysOf(query: Query, userId: string): Promise<Passkey[]> {
  const rows = await query(sql`select * from passkeys where user_id = ${userId}
    order by created_at, id limit ${maxPasskeysPerUser}`)
  return rows.map(fromRow)
}

export async function passkeyByCredential(query: Query, credentialId: string): Promise<Passkey | undefined> {
  const [row] = await query(sql`select * from passkeys where credential_id = ${credentialId}`)
  return row && fromRow(row)
}

export async function passkeyOf(
  query: Query,
  { userId, id }: { userId: string; id: string },
): Promise<Passkey | undefined> {
  const [row] = await query(sql`select * from passkeys where id = ${id} and user_id = ${userId}`)
  return row && fromRow(row)
}

/**
 * Stores the state that an assertion reported. Returns false if the counter did not increase, which indicates
 * a copied key, or if the passkey was removed. Authenticators without a counter always report 0.
 */
export async function markPasskeyUsed(
  query: Query,
  used: {
    id: string
    counter: number
    backedUpAt: Instant | undefined
    userVerifiedAt: Instant | undefined
    now: Instant
  },
): Promise<boolean> {
  const rows = await query(sql`update passkeys set counter = ${used.counter}, last_used_at = ${used.now},
      backed_up_at = ${used.backedUpAt ?? null}, user_verified_at = ${used.userVerifiedAt ?? null}
    where id = ${used.id} and (counter < ${used.counter} or (counter = 0 and ${used.counter} = 0))
    returning id`)
  return rows.length === 1
}

export async function setPasskeyName(
  query: Query,
  { userId, id, name }: { userId: string; id: string; name: string | undefined },
): Promise<Passkey | undefined> {
  const [row] = await query(sql`update passkeys set name = coalesce(${name ?? null}, name)
    where id = ${id} and user_id = ${userId} returning *`)
  return row && fromRow(row)
}

/** Deletes under the row lock of its user, unless it is the user's last way to sign in. */
export async function deletePasskey(
  query: Query,
  { userId, id }: { userId: string; id: string },
): Promise<boolean> {
  const rows = await query(sql`delete from passkeys where id = ${id} and user_id = ${userId} and (
      exists (select 1 from users where users.id = ${userId} and password_hash is not null)
      or exists (select 1 from passkeys as other where other.user_id = ${userId} and other.id <> ${id})
      or exists (select 1 from upstream_identities where upstream_identities.user_id = ${userId}))
    returning id`)
  return rows.length === 1
}

export async function deletePasskeysOf(query: Query, userId: string): Promise<void> {
  await query(sql`delete from passkeys where user_id = ${userId}`)
}

function fromRow(row: Row): Passkey {
  const transports = row.transports as string
  return {
    id: row.id as string,
    userId: row.user_id as string,
    credentialId: row.credential_id as string,
    publicKey: row.public_key as string,
    counter: row.counter as number,
    transports: transports === '' ? [] : transports.split(','),
    aaguid: row.aaguid as string,
    name: row.name as string,
    deviceType: row.device_type as DeviceType,
    backedUpAt: (row.backed_up_at as Instant | null) ?? undefined,
    userVerifiedAt: (row.user_verified_at as Instant | null) ?? undefined,
    createdAt: row.created_at as Instant,
    lastUsedAt: (row.last_used_at as Instant | null) ?? undefined,
  }
}
