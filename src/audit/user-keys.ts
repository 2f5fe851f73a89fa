import { insertUserKey, type SealedUserKey, userKeyOf } from '#src/audit/user-keys.sql.ts'
import { seal, unseal } from '#src/keys/seal.ts'
import type { Query } from '#src/store/db.ts'
import type { World } from '#src/world/world.ts'

type Outside = Pick<World, 'keys' | 'clock' | 'random'>

const keyBytes = 32
const maxRemembered = 10_000

/** A transaction that creates a key may still roll back; no transaction takes this long. */
const settledAfterMs = 5 * 60_000

const remembered = new WeakMap<World['keys'], Map<string, Buffer>>()

/**
 * A step: the key that encrypts personal details of a user, created at its first use and deleted with the
 * user. Returns undefined if the user has been deleted.
 */
export async function userKeyFor(query: Query, world: Outside, userId: string): Promise<Buffer | undefined> {
  const known = remembered.get(world.keys) ?? new Map<string, Buffer>()
  remembered.set(world.keys, known)
  const hit = known.get(userId)
  if (hit) return hit
  const stored = (await userKeyOf(query, userId)) ?? (await createdKey(query, world, userId))
  if (!stored) return undefined
  const key = openUserKey(world, userId, stored.sealed)
  if (known.size >= maxRemembered) known.clear()
  if (stored.createdAt + settledAfterMs < world.clock.now()) known.set(userId, key)
  return key
}

export function openUserKey({ keys }: Pick<World, 'keys'>, userId: string, sealed: string): Buffer {
  return unseal({ keys }, { purpose: 'user_key', id: userId }, sealed)
}

async function createdKey(query: Query, world: Outside, userId: string): Promise<SealedUserKey | undefined> {
  const { clock, random } = world
  const sealed = seal(world, { purpose: 'user_key', id: userId }, random.bytes(keyBytes))
  const created = await insertUserKey(query, { userId, sealed, createdAt: clock.now() })
  // Of twenty concurrent calls one inserts; the others wait for its commit and find its key.
  return created ?? userKeyOf(query, userId)
}
