import type { TrustedDevice } from '#src/credentials/trusted-devices/trusted-device.ts'
import { devicesBefore } from '#src/credentials/trusted-devices/trusted-devices.sql.ts'
import { everyPage, type Place } from '#src/http/cursor.ts'
import { rfc3339 } from '#src/platform/clock.ts'
import { deviceOf } from '#src/sessions/on-wire.ts'
import type { World } from '#src/world/world.ts'

/** The trusted devices of a user, newest first. Returns one more than the limit if there are more. */
export async function listDevices(
  { db, clock }: World,
  { userId, place, limit }: { userId: string; place: Place; limit: number },
): Promise<TrustedDevice[]> {
  return devicesBefore(db.query, { userId, now: clock.now(), ...place, max: limit + 1 })
}

export function everyDevice(world: World, userId: string): AsyncGenerator<TrustedDevice[]> {
  return everyPage(
    (page) => listDevices(world, { userId, ...page }),
    ({ createdAt, id }) => ({ at: createdAt, id }),
  )
}

export function deviceOnWire({ id, client, createdAt, lastUsedAt, expiresAt }: TrustedDevice) {
  return {
    id,
    ip: client.address,
    user_agent: client.userAgent,
    ...deviceOf(client.userAgent),
    created_at: rfc3339(createdAt),
    last_used_at: rfc3339(lastUsedAt),
    expires_at: rfc3339(expiresAt),
  }
}
