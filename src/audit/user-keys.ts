import { insertUserKey, type SealedUserKey, userKeysOf } from '#src/audit/user-keys.sql.ts'
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
 * A step: the keys that encrypt personal details of users, each created at its first use and deleted with the
 * user. A user who has been deleted has none.
 */
export async function userKeysFor(
  query: Query,
  world: Outside,
  userIds: readonly string[],
): Promise<Map<string, Buffer>> {
  const known = remembered.get(world.keys) ?? new Map<string, Buffer>()
  remembered.set(world.keys, known)
  const keys = new Map<string, Buffer>()
  // Always in the same order, so that transactions cannot deadlock.
  const missing: string[] = []
  for (const userId of [...new Set(userIds)].toSorted()) {
    const hit = known.get(userId)
    if (hit) keys.set(userId, hit)
    else missing.push(userId)
  }
  if (missing.length === 0) return keys
  const stored = await userKeysOf(query, missing)
  for (const userId of missing) {
    const sealed = stored.get(userId) ?? (await createdKey(query, world, userId))
    if (!sealed) continue
    const key = openUserKey(world, userId, sealed.sealed)
    if (known.size >= maxRemembered) known.clear()
    if (sealed.createdAt + settledAfterMs < world.clock.now()) known.set(userId, key)
    keys.set(userId, key)
  }
  return keys
}

export function openUserKey({ keys }: Pick<World, 'keys'>, userId: string, sealed: string): Buffer {
  return unseal({ keys }, { purpose: 'user_key', id: userId }, sealed)
}

async function createdKey(query: Query, world: Outside, userId: string): Promise<SealedUserKey | undefined> {
  const { clock, random } = world
  const sealed = seal(world, { purpose: 'user_key', id: userId }, random.bytes(keyBytes))
  const created = await insertUserKey(query, { userId, sealed, createdAt: clock.now() })
  // Of twenty concurrent calls one inserts; the others wait for its commit and find its key.
  return created ?? (await userKeysOf(query, [userId])).get(userId)
}
