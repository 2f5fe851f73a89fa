import { macOf } from '#src/keys/key-ring.ts'
import { afterOneMore, againInMs, type Counted, type Policy } from '#src/limits/limit.ts'
import { fullAtOf, putBack, take } from '#src/limits/limits.sql.ts'
import { emptyUntil, fullFrom } from '#src/limits/remembered.ts'
import type { World } from '#src/world/world.ts'

/** Who or what is counted, under which policy. */
export type Subject = { readonly policy: Policy; readonly of: string }

/**
 * Counts one attempt, before anything is checked: a crash in between must not grant a free guess. A node that
 * was told no says no from memory, writing nothing, until the bucket has something in it again.
 */
export async function count(world: World, subject: Subject): Promise<Counted> {
  if (world.settings.rateLimits === 'off') return { kind: 'counted', fullInMs: 0 }
  const bucket = bucketOf(world, subject)
  return subject.policy.keptIn === 'memory'
    ? countInMemory(world, subject.policy, bucket)
    : countInDatabase(world, subject.policy, bucket)
}

/** Gives an attempt back that turned out to be no guess: the password was right. */
export async function uncount(world: World, subject: Subject): Promise<void> {
  if (world.settings.rateLimits === 'off') return
  const bucket = bucketOf(world, subject)
  await putBack(world.db.query, { policy: subject.policy, bucket })
  emptyUntil(world).forget(bucket)
}

async function countInDatabase(world: World, policy: Policy, bucket: string): Promise<Counted> {
  const { db, clock } = world
  const empty = emptyUntil(world)
  const monotonic = clock.monotonic()
  const knownForMs = (empty.get(bucket) ?? monotonic) - monotonic
  if (knownForMs > 0) return { kind: 'refused', againInMs: knownForMs, isNews: false }
  const now = clock.now()
  const fullAt = await take(db.query, { policy, bucket, now })
  if (fullAt !== undefined) return { kind: 'counted', fullInMs: fullAt - now }
  const stays = (await fullAtOf(db.query, bucket)) ?? now
  const inMs = againInMs(policy, stays, now)
  empty.set(bucket, monotonic + inMs)
  return { kind: 'refused', againInMs: inMs, isNews: true }
}

function countInMemory(world: World, policy: Policy, bucket: string): Counted {
  const now = world.clock.monotonic()
  const full = fullFrom(world)
  const fullAt = full.get(bucket)
  const next = afterOneMore(policy, fullAt, now)
  if (next === undefined) {
    return { kind: 'refused', againInMs: againInMs(policy, fullAt ?? now, now), isNews: false }
  }
  full.set(bucket, next)
  return { kind: 'counted', fullInMs: next - now }
}

/** Keyed, so that the table tells nobody which logins were tried from which addresses. */
function bucketOf({ keys }: World, { policy, of }: Subject): string {
  return `${policy.name}:${macOf(keys.macKey(), `limit:${policy.name}:${of}`)}`
}
