import { createHash } from 'node:crypto'
import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { randomId } from '#src/platform/random.ts'
import { waitOutMs } from '#src/revocations/lease/lease.ts'
import {
  deleteVerifier,
  insertVerifier,
  type Verifier,
  verifierByKey,
} from '#src/revocations/verifiers.sql.ts'
import { perWorld, type World } from '#src/world/world.ts'

/** A name that commands and URLs contain as it is. */
export const verifierName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

/** The key is shown once; the database keeps its hash. Undefined if a verifier of that name exists. */
export async function addVerifier(
  world: World,
  { name, apiId, by }: { name: string; apiId?: string | undefined; by: By },
): Promise<{ id: string; key: string } | undefined> {
  const { db, random, clock } = world
  const id = randomId(random)
  const key = `sgv_${random.bytes(32).toString('base64url')}`
  const added = await db.transaction(async (query) => {
    const isNew = await insertVerifier(query, { id, name, apiId, keyHash: hashOf(key), now: clock.now() })
    const target = { kind: 'verifier', id: name } as const
    if (isNew) await recordEvent(query, world, { event: 'verifier.added', by, target, details: { id } })
    return isNew
  })
  return added ? { id, key } : undefined
}

/** Its key is rejected from the next call on, or on another node within one lease: keys are cached. */
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
 * second; only valid keys are cached, so that guesses fill no memory.
 */
export async function verifierOf(world: World, key: string): Promise<Verifier | undefined> {
  if (!/^sgv_[A-Za-z0-9_-]{43}$/.test(key)) return undefined
  const keyHash = hashOf(key)
  const cached = cache(world)
  const now = world.clock.monotonic()
  const hit = cached.get(keyHash)
  if (hit && now < hit.until) return hit.verifier
  const verifier = await verifierByKey(world.db.query, keyHash)
  if (cached.size >= maxCached) cached.clear()
  if (verifier) cached.set(keyHash, { verifier, until: now + waitOutMs(world.settings.revocationLeaseMs) })
  else cached.delete(keyHash)
  return verifier
}

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('base64url')
}
