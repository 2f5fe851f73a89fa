import { asUser, type By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { trustLifetimeMs } from '#src/credentials/trusted-devices/trusted-device.ts'
import {
  deleteDevice,
  deleteDevicesOf,
  deleteExpiredDevices,
  insertDevice,
  touchDevice,
} from '#src/credentials/trusted-devices/trusted-devices.sql.ts'
import { readOpaqueToken, writeOpaqueToken } from '#src/keys/opaque-token.ts'
import { randomId } from '#src/platform/random.ts'
import { hashOf } from '#src/sessions/handle.ts'
import type { Client } from '#src/sessions/session.ts'
import type { Query } from '#src/store/db.ts'
import { lockSecondFactors } from '#src/users/second-factors.sql.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

/**
 * Trusts a device: its next sign-ins need no second factor. Returns the value of its cookie, or undefined if
 * the user or the last second factor has been removed in the meantime.
 */
export async function trustDevice(
  world: World,
  { user, client, by }: { user: User; client: Client; by: By },
): Promise<string | undefined> {
  const { db, clock, random, keys } = world
  const secret = randomId(random)
  const id = randomId(random)
  const isTrusted = await db.transaction(async (query) => {
    const factors = await lockSecondFactors(query, user.id)
    if (!factors?.length) return false
    const now = clock.now()
    await insertDevice(query, {
      id,
      tokenHash: hashOf(secret),
      userId: user.id,
      signature: user.signature,
      client,
      createdAt: now,
      lastUsedAt: now,
      expiresAt: now + trustLifetimeMs,
    })
    const target = { kind: 'user', id: user.id } as const
    const details = { device_id: id }
    await recordEvent(query, world, { event: 'device.trusted', by: asUser(by, user.id), target, details })
    return true
  })
  return isTrusted ? writeOpaqueToken(keys, 'trusted_device', secret) : undefined
}

/** Returns whether the cookie belongs to a trusted device of this user. */
export async function isTrustedDevice(
  { db, keys, clock }: World,
  { user, cookie }: { user: User; cookie: string | undefined },
): Promise<boolean> {
  const secret = cookie === undefined ? undefined : readOpaqueToken(keys, 'trusted_device', cookie)
  if (secret === undefined) return false
  const { id: userId, signature } = user
  return touchDevice(db.query, { tokenHash: hashOf(secret), userId, signature, now: clock.now() })
}

/** Removes a trusted device. Returns false if the user has no such device. */
export async function forgetDevice(
  world: World,
  { userId, id, by }: { userId: string; id: string; by: By },
): Promise<boolean> {
  return world.db.transaction(async (query) => {
    if (!(await deleteDevice(query, userId, id))) return false
    const target = { kind: 'user', id: userId } as const
    await recordEvent(query, world, { event: 'device.forgotten', by, target, details: { device_id: id } })
    return true
  })
}

/** A step: removes all trusted devices, for example with the last second factor. */
export async function forgetDevices(query: Query, userId: string): Promise<void> {
  await deleteDevicesOf(query, userId)
}

/** Deletes a batch of devices whose trust has expired. Returns how many. */
export async function cleanTrustedDevices({ db, clock }: World, max: number): Promise<number> {
  return deleteExpiredDevices(db.query, clock.now(), max)
}
