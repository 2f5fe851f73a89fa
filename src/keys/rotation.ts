import { currentOf, neededUntil, type Purpose, publishedForMs, stateOf } from '#src/keys/key.ts'
import type { KeyRing } from '#src/keys/key-ring.ts'
import {
  allKeys,
  claimRing,
  deleteKey,
  insertKey,
  markRevoked,
  replaceSealed,
  retireKeys,
  touchRing,
} from '#src/keys/keys.sql.ts'
import type { MasterKey } from '#src/keys/master-key.ts'
import type { SealedKey } from '#src/keys/sealed-key.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Db, Query } from '#src/store/db.ts'

type Ring = Pick<KeyRing, 'sealing'>

export type Published =
  | { readonly kind: 'published'; readonly key: SealedKey; readonly former: string | undefined }
  /** The key published before has not been used yet. */
  | { readonly kind: 'under_way'; readonly key: SealedKey }

export type Killed =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'already'; readonly key: SealedKey }
  /** No successor if the key was retired already. */
  | { readonly kind: 'revoked'; readonly key: SealedKey; readonly successor: string | undefined }

/**
 * A step: publishes a new key, which is used once every verifier can have it. The current one then retires.
 */
export async function publishKey(
  query: Query,
  { sealing }: Ring,
  { purpose, now }: { purpose: Purpose; now: Instant },
): Promise<Published> {
  await claimRing(query)
  const keys = (await allKeys(query)).filter((key) => key.purpose === purpose)
  // A node with the previous master key would create a key that the others cannot open.
  sealing.prove(keys)
  const waiting = keys.find((key) => stateOf(key, now) === 'published')
  if (waiting) return { kind: 'under_way', key: waiting }
  const usedFrom = now + publishedForMs
  const key = sealing.newKey({ purpose, createdAt: now, usedFrom })
  await retireKeys(query, { purpose, at: usedFrom })
  await insertKey(query, key)
  return { kind: 'published', key, former: currentOf(keys, now)?.id }
}

/** A step: creates the first key for ID tokens, which is used at once, unless there is one already. */
export async function makeIdTokenKey(query: Query, { sealing }: Ring, now: Instant): Promise<void> {
  await claimRing(query)
  const keys = await allKeys(query)
  sealing.prove(keys)
  if (keys.some(({ purpose }) => purpose === 'id_token')) return
  await insertKey(query, sealing.newKey({ purpose: 'id_token', createdAt: now, usedFrom: now }))
}

/**
 * A step: revokes a key that may have leaked. A new one is used at once, and not one that was already
 * published, because that may have leaked too. The caller writes the id to the revocation log.
 */
export async function killKey(
  query: Query,
  { sealing }: Ring,
  { id, now }: { id: string; now: Instant },
): Promise<Killed> {
  await claimRing(query)
  const keys = await allKeys(query)
  const key = keys.find((candidate) => candidate.id === id)
  if (!key) return { kind: 'unknown' }
  const state = stateOf(key, now)
  if (state === 'revoked') return { kind: 'already', key }
  sealing.prove(keys)
  await markRevoked(query, { id, now })
  if (state === 'retired') return { kind: 'revoked', key, successor: undefined }
  const { purpose } = key
  const successor = sealing.newKey({ purpose, createdAt: now, usedFrom: now })
  await retireKeys(query, { purpose, at: now })
  await insertKey(query, successor)
  return { kind: 'revoked', key, successor: successor.id }
}

/** A step: seals every key under a new master key. Nodes that have the ring open are not affected. */
export async function resealAll(query: Query, { sealing }: Ring, to: MasterKey): Promise<number> {
  await touchRing(query)
  const keys = await allKeys(query)
  for (const key of keys) await replaceSealed(query, sealing.reseal(key, to))
  return keys.length
}

/** All keys, the oldest first. */
export async function listKeys({ db }: { db: Db }): Promise<SealedKey[]> {
  return allKeys(db.query)
}

/**
 * Deletes the signing keys that no token needs any more; returns how many. MAC keys stay, because the audit
 * log is checked with all of them.
 */
export async function cleanKeys({ db, clock, keys }: Outside, max: number): Promise<number> {
  const candidates = await spentKeys(db.query, clock.now())
  if (candidates.length === 0) return 0
  const deleted = await db.transaction(async (query) => {
    await claimRing(query)
    const spent = (await spentKeys(query, clock.now())).slice(0, max)
    for (const { id } of spent) await deleteKey(query, id)
    return spent.length
  })
  await keys.reload()
  return deleted
}

type Outside = {
  readonly db: Db
  readonly clock: { now(): Instant }
  readonly keys: Pick<KeyRing, 'reload'>
}

async function spentKeys(query: Query, now: Instant): Promise<SealedKey[]> {
  return (await allKeys(query)).filter((key) => key.purpose !== 'mac' && neededUntil(key) <= now)
}
