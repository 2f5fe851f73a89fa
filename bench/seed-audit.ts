import { randomFillSync } from 'node:crypto'
import type { Bulk } from '#bench/bulk.ts'
import { type AuditEvent, actorIdOf, eventMacOf, targetIdOf } from '#src/audit/audit-event.ts'
import { hashOf, segmentMacOf, signedHead } from '#src/audit/chain.ts'
import { newEventId } from '#src/audit/event-id.ts'
import { encrypt } from '#src/keys/encryption.ts'
import type { MacKey } from '#src/keys/key.ts'
import { type Random, randomId } from '#src/platform/random.ts'
import type { Value } from '#src/store/sql.ts'
import type { World } from '#src/world/world.ts'

const columns = `id, at, event, actor_kind, actor_id, target_kind, target_id, details, actor_personal,
  key_id, mac, seq, segment, hash`
const segmentColumns = 'seq, first_event, last_event, previous_hash, hash, sealed_at, key_id, mac'
const perSegment = 20
const perInsert = 10_000
const start = { seq: 0, segment: 0, hash: '' }

export type AuditSeed = {
  readonly userIds: readonly string[]
  /** The key that encrypts the personal details of a user. */
  readonly keyOf: (index: number) => Buffer
  readonly events: number
  readonly from: number
  readonly until: number
}

/**
 * Events over a span of time, sealed as the server seals them, so that `sigil audit verify` accepts them: by
 * turns, each user signs in and ends a session.
 */
export async function seedAudit(
  { keys }: Pick<World, 'keys'>,
  bulk: Bulk,
  { userIds, keyOf, events, from, until }: AuditSeed,
): Promise<void> {
  const key = keys.macKey()
  const random = pooledRandom()
  let rows: Value[][] = []
  let segments: Value[][] = []
  let last = start
  let previous = start
  for (let n = 0; n < events; n++) {
    const at = from + Math.floor(((until - from) * n) / events)
    const index = Math.floor(n / 2) % userIds.length
    const event = eventOf(key, random, {
      at,
      userId: userIds[index] ?? '',
      userKey: keyOf(index),
      kind: n % 2 === 0 ? 'user.signed_in' : 'session.ended',
    })
    const segment = previous.segment + 1
    const { id, mac } = event
    const hash = hashOf(key, { seq: n + 1, segment, id, mac, previous: last.hash })
    last = { seq: n + 1, segment, hash }
    rows.push([...valuesOf(event), n + 1, segment, hash])
    if (last.seq - previous.seq === perSegment || n + 1 === events) {
      const sealed = { ...ends(previous, last), previousHash: previous.hash, hash, sealedAt: at }
      const { firstEvent, lastEvent } = sealed
      const mac = segmentMacOf(key, sealed)
      segments.push([segment, firstEvent, lastEvent, previous.hash, hash, at, key.id, mac])
      previous = last
    }
    if (rows.length < perInsert && n + 1 < events) continue
    await bulk.insert('audit_events', columns, rows)
    await bulk.insert('audit_segments', segmentColumns, segments)
    rows = []
    segments = []
  }
  const head = signedHead(key, { ...last, floor: start })
  await bulk.run(`update audit_head set segment = ${head.segment}, seq = ${head.seq}, hash = '${head.hash}',
    key_id = '${head.keyId}', mac = '${head.mac}'`)
}

function ends(previous: typeof start, last: typeof start) {
  return { seq: last.segment, firstEvent: previous.seq + 1, lastEvent: last.seq }
}

/** Reads many random bytes at once, which takes a tenth of the time. */
function pooledRandom(): Random {
  const pool = Buffer.alloc(1 << 16)
  let used = pool.length
  return {
    bytes(count) {
      if (used + count > pool.length) {
        randomFillSync(pool)
        used = 0
      }
      used += count
      return Buffer.from(pool.subarray(used - count, used))
    },
  }
}

type About = {
  readonly at: number
  readonly userId: string
  readonly userKey: Buffer
  readonly kind: 'user.signed_in' | 'session.ended'
}

function eventOf(key: MacKey, random: Random, { at, userId, userKey, kind }: About): AuditEvent {
  const id = newEventId(random)
  const address = Buffer.from(JSON.stringify(`198.51.${at % 200}.${at % 250}`))
  const event = {
    ...({ id, at, event: kind, actor: { kind: 'user', id: userId } } as const),
    target: { kind: 'session', id: randomId(random) } as const,
    ...{ address: undefined, requestId: undefined, targetPersonal: undefined },
    details: kind === 'user.signed_in' ? '{"method":"password"}' : '{"reason":"logout"}',
    actorPersonal: encrypt(userKey, JSON.stringify([id, 'actor']), address, random).toString('base64url'),
  }
  return { ...event, keyId: key.id, mac: eventMacOf(key, event) }
}

function valuesOf({ actor, target, ...event }: AuditEvent): Value[] {
  return [
    ...[event.id, event.at, event.event, actor.kind, actorIdOf(actor), target.kind, targetIdOf(target)],
    ...[event.details, event.actorPersonal ?? null, event.keyId, event.mac],
  ]
}
