import { createHash } from 'node:crypto'
import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { AppError } from '#src/errors/errors.ts'
import { type Random, randomId } from '#src/platform/random.ts'
import { waitOutMs } from '#src/revocations/lease/lease.ts'
import {
  deleteVerifier,
  insertVerifier,
  rotateVerifierKey,
  type Verifier,
  verifierByKey,
} from '#src/revocations/verifiers.sql.ts'
import { BrokenReference } from '#src/store/db.ts'
import { perWorld, type World } from '#src/world/world.ts'

/** A name that commands and URLs can contain without escaping. */
export const verifierName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

type NewVerifierKey = {
  readonly name: string
  /** The lifetime of the key; absent: until it is replaced or removed. */
  readonly lifetimeMs?: number | undefined
  readonly by: By
}

/** The key is shown once; the database stores its hash. Undefined if a verifier of that name exists. */
export async function addVerifier(
  world: World,
  { name, apiId, lifetimeMs, by }: NewVerifierKey & { apiId?: string | undefined },
): Promise<{ id: string; key: string } | undefined> {
  const { db, random, clock } = world
  const id = randomId(random)
  const key = newKey(random)
  const now = clock.now()
  const expiresAt = lifetimeMs === undefined ? undefined : now + lifetimeMs
  const added = await db
    .transaction(async (query) => {
      const isNew = await insertVerifier(query, { id, name, apiId, keyHash: hashOf(key), now, expiresAt })
      const target = { kind: 'verifier', id: name } as const
      if (isNew) await recordEvent(query, world, { event: 'verifier.added', by, target, details: { id } })
      return isNew
    })
    .catch((error) => {
      throw error instanceof BrokenReference ? new AppError('not_found') : error
    })
  return added ? { id, key } : undefined
}

/**
 * Rotates the key of a verifier. The new key is shown once. The old key keeps working for `overlapMs`, so
 * that every process of the resource server can be restarted in between. Undefined without a verifier of that
 * name.
 */
export async function rotateVerifier(
  world: World,
  { name, lifetimeMs, overlapMs, by }: NewVerifierKey & { overlapMs: number },
): Promise<{ key: string; previousUntil: number } | undefined> {
  const { db, random, clock } = world
  const key = newKey(random)
  const now = clock.now()
  const previousUntil = now + overlapMs
  const expiresAt = lifetimeMs === undefined ? undefined : now + lifetimeMs
  const isRotated = await db.transaction(async (query) => {
    const rotation = { name, keyHash: hashOf(key), previousUntil, expiresAt }
    const isFound = await rotateVerifierKey(query, rotation)
    const target = { kind: 'verifier', id: name } as const
    if (isFound) await recordEvent(query, world, { event: 'verifier.rotated', by, target, details: {} })
    return isFound
  })
  return isRotated ? { key, previousUntil } : undefined
}

/** Its key is rejected from the next call, or on other nodes within one lease, because keys are cached. */
export async function removeVerifier(world: World, { name, by }: { name: string; by: By }): Promise<boolean> {
  return world.db.transaction(async (query) => {
    const isRemoved = await deleteVerifier(query, name)
    const target = { kind: 'verifier', id: name } as const
    if (isRemoved) await recordEvent(query, world, { event: 'verifier.removed', by, target, details: {} })
    return isRemoved
  })
}

const cache = perWorld(() => new Map<string, { verifier: Verifier; until: number }>())
const maxCached = 10_000

/**
 * The verifier that a key belongs to. Cached for one lease, because ten thousand verifiers poll twice a
 * second; only valid keys are cached, so that guesses do not fill memory.
 */
export async function verifierOf(world: World, key: string): Promise<Verifier | undefined> {
  if (!/^sgv_[A-Za-z0-9_-]{43}$/.test(key)) return undefined
  const keyHash = hashOf(key)
  const cached = cache(world)
  const now = world.clock.monotonic()
  const hit = cached.get(keyHash)
  if (hit && now < hit.until) return hit.verifier
  const wallNow = world.clock.now()
  const found = await verifierByKey(world.db.query, keyHash, wallNow)
  if (cached.size >= maxCached) cached.clear()
  if (!found) {
    cached.delete(keyHash)
    return undefined
  }
  const leftMs = (found.until ?? Number.POSITIVE_INFINITY) - wallNow
  const until = now + Math.min(leftMs, waitOutMs(world.settings.revocationLeaseMs))
  cached.set(keyHash, { verifier: found.verifier, until })
  return found.verifier
}

function newKey(random: Random): string {
  return `sgv_${random.bytes(32).toString('base64url')}`
}

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('base64url')
}
