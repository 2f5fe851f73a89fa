import { macOf } from '#src/keys/key-ring.ts'
import { afterOneMore, type Counted, type Policy, retryInMs } from '#src/limits/limit.ts'
import { fullAtOf, putBack, take } from '#src/limits/limits.sql.ts'
import { emptyUntil, fullFrom } from '#src/limits/remembered.ts'
import type { World } from '#src/world/world.ts'

/** The counted subject (`of`: a login, an IP address, a user) and its policy. */
export type Subject = { readonly policy: Policy; readonly of: string }

/**
 * Counts one attempt. Call it before anything is checked: a crash in between must not grant a free guess.
 * Once a bucket is empty, the node rejects attempts from memory, without a write, until the bucket has
 * refilled.
 */
export async function count(world: World, subject: Subject): Promise<Counted> {
  if (world.settings.rateLimits === 'off') return { kind: 'counted', fullInMs: 0 }
  const bucket = bucketOf(world, subject)
  return subject.policy.keptIn === 'memory'
    ? countInMemory(world, subject.policy, bucket)
    : countInDatabase(world, subject.policy, bucket)
}

/** Gives an attempt back because the password was correct. */
export async function uncount(world: World, subject: Subject): Promise<void> {
  if (world.settings.rateLimits === 'off') return
  const bucket = bucketOf(world, subject)
  await putBack(world.db.query, { policy: subject.policy, bucket })
  emptyUntil(world).forget(bucket)
}

/**
 * Returns how long no attempt is left, or undefined if one is, without counting any. For limits that are kept
 * in the database.
 */
export async function waitOf(world: World, subject: Subject): Promise<number | undefined> {
  if (world.settings.rateLimits === 'off') return undefined
  const now = world.clock.now()
  const fullAt = await fullAtOf(world.db.query, bucketOf(world, subject))
  if (fullAt === undefined || afterOneMore(subject.policy, fullAt, now) !== undefined) return undefined
  return retryInMs(subject.policy, fullAt, now)
}

async function countInDatabase(world: World, policy: Policy, bucket: string): Promise<Counted> {
  const { db, clock } = world
  const empty = emptyUntil(world)
  const monotonic = clock.monotonic()
  const emptyForMs = (empty.get(bucket) ?? monotonic) - monotonic
  if (emptyForMs > 0) return { kind: 'rejected', retryInMs: emptyForMs, isNews: false }
  const now = clock.now()
  const fullAt = await take(db.query, { policy, bucket, now })
  if (fullAt !== undefined) return { kind: 'counted', fullInMs: fullAt - now }
  const storedFullAt = (await fullAtOf(db.query, bucket)) ?? now
  const inMs = retryInMs(policy, storedFullAt, now)
  empty.set(bucket, monotonic + inMs)
  return { kind: 'rejected', retryInMs: inMs, isNews: true }
}

function countInMemory(world: World, policy: Policy, bucket: string): Counted {
  const now = world.clock.monotonic()
  const full = fullFrom(world)
  const fullAt = full.get(bucket)
  const next = afterOneMore(policy, fullAt, now)
  if (next === undefined) {
    return { kind: 'rejected', retryInMs: retryInMs(policy, fullAt ?? now, now), isNews: false }
  }
  full.set(bucket, next)
  return { kind: 'counted', fullInMs: next - now }
}

/** A MAC, so that the table does not reveal which logins were tried from which IP addresses. */
function bucketOf({ keys }: World, { policy, of }: Subject): string {
  return `${policy.name}:${macOf(keys.macKey(), `limit:${policy.name}:${of}`)}`
}
