import { createHash } from 'node:crypto'
import type { AdapterPayload } from 'oidc-provider'
import { ensureIdTokenKey } from '#src/apps/add-app.ts'
import { type App, mayUseDeviceFlow } from '#src/apps/app.ts'
import {
  type DeviceCode,
  decideDeviceCode,
  insertDeviceCode,
  pendingDeviceCode,
} from '#src/apps/device-codes.sql.ts'
import { findApp } from '#src/apps/find-app.ts'
import { storeDocumentApp } from '#src/apps/store-consent.ts'
import { type By, bySystem } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { count, uncount } from '#src/limits/count.ts'
import { policies } from '#src/limits/policies.ts'
import { type Asked, type AskedSentences, addConsent, askedSentences } from '#src/oidc/asked-scopes.ts'
import { BrokenReference } from '#src/store/db.ts'
import type { World } from '#src/world/world.ts'

/** RFC 8628 section 3.2: how long a device waits for its user. */
export const deviceCodeSeconds = 600

/** Stores the request of a device, which the library has checked. */
export async function storeDeviceCode(
  world: World,
  { id, payload, lifetimeSeconds }: { id: string; payload: AdapterPayload; lifetimeSeconds: number },
): Promise<void> {
  const { db, clock } = world
  const now = clock.now()
  const { scope, resource } = (payload.params ?? {}) as Asked
  const app = await findApp(world, payload.clientId ?? '')
  if (!app) throw new AppError('invalid_client')
  // A server may have no other app, and then no key for ID tokens yet.
  if (app.source === 'document') await ensureIdTokenKey(world)
  const code = {
    id,
    clientId: app.clientId,
    userCodeHash: hashOf(payload.userCode ?? ''),
    asked: JSON.stringify({ scope, resource }),
    now,
    expiresAt: now + lifetimeSeconds * 1000,
  }
  await db
    .transaction(async (query) => {
      await storeDocumentApp(query, world, { app, by: bySystem })
      await insertDeviceCode(query, code)
    })
    .catch((error: unknown) => {
      throw error instanceof BrokenReference ? new AppError('invalid_client') : error
    })
}

/** The device's request. */
export function askedBy({ asked }: DeviceCode): Asked {
  return JSON.parse(asked) as Asked
}

export type WaitingDevice = AskedSentences & { readonly app: App; readonly userCode: string }

/**
 * Finds the device that shows a code. Wrong codes of a user are counted, because a correct guess would
 * connect another person's device. Returns undefined for a code that is wrong, expired or used up.
 */
export async function waitingDevice(
  world: World,
  { typed, userId }: { typed: string; userId: string },
): Promise<WaitingDevice | undefined> {
  const found = await findCode(world, { typed, userId })
  if (!found) return undefined
  const { code, app } = found
  const shown = normalized(typed)
  const userCode = `${shown.slice(0, 4)}-${shown.slice(4)}`
  return { app, userCode, ...(await askedSentences(world, askedBy(code), app)) }
}

/** Records the user's decision. Returns false for a code that is wrong, expired or used up. */
export async function decideDevice(
  world: World,
  decision: { typed: string; userId: string; sessionId: string; isAllowed: boolean; by: By },
): Promise<boolean> {
  const { userId, sessionId, isAllowed, by } = decision
  const found = await findCode(world, decision)
  if (!found) return false
  const { code, app } = found
  const state = isAllowed ? 'allowed' : 'denied'
  const decided = { id: code.id, state, userId, sessionId, now: world.clock.now() } as const
  const isDecided = await decideDeviceCode(world.db.query, decided).catch((error: unknown) => {
    throw error instanceof BrokenReference ? new AppError('not_signed_in') : error
  })
  if (!isDecided) return false
  if (isAllowed) await addConsent(world, { userId, app, asked: askedBy(code), by })
  return true
}

async function findCode(
  world: World,
  { typed, userId }: { typed: string; userId: string },
): Promise<{ code: DeviceCode; app: App } | undefined> {
  const subject = { policy: policies.device_codes, of: userId }
  const counted = await count(world, subject)
  if (counted.kind === 'rejected') {
    throw new AppError('too_many_attempts', { retryAfterSeconds: Math.ceil(counted.retryInMs / 1000) })
  }
  const { query } = world.db
  const code = await pendingDeviceCode(query, hashOf(normalized(typed)), world.clock.now())
  const app = code && (await findApp(world, code.clientId))
  if (!code || !app || !mayUseDeviceFlow(app)) return undefined
  await uncount(world, subject)
  return { code, app }
}

/** RFC 8628 section 6.1: people type lower case and omit the dash. */
function normalized(typed: string): string {
  return typed.toUpperCase().replaceAll(/[^A-Z]/g, '')
}

/** A code has 34 random bits and lives for ten minutes, too short for guessing with the rate limits. */
function hashOf(userCode: string): string {
  return createHash('sha256').update(`user_code:${userCode}`).digest('base64url')
}
