import { unseal } from '#src/keys/seal.ts'
import { attemptMs, CannotDeliver, nextAttemptAt } from '#src/outbox/delivery.ts'
import {
  claimDeliveries,
  expireDeliveries,
  markDead,
  markFailed,
  markSent,
  type StoredDelivery,
} from '#src/outbox/outbox.sql.ts'
import type { Outbox } from '#src/outbox/readers.ts'
import type { World } from '#src/world/world.ts'

const maxAtOnce = 10
const maxErrorLength = 500

/**
 * Attempts what is due. A delivery is claimed before the attempt and marked after it: where the process is
 * killed in between it is sent once more, with the same key. Returns how many attempts there were.
 */
export async function deliver(world: World, senders: Outbox['senders']): Promise<number> {
  const { db, clock, metrics } = world
  const now = clock.now()
  const expired = await expireDeliveries(db.query, now)
  if (expired > 0) metrics.count('sigil_outbox_expired_total', {}, expired)
  const claimed = await claimDeliveries(db.query, { now, until: now + attemptMs, max: maxAtOnce })
  await Promise.all(claimed.map((delivery) => attempt(world, senders, delivery)))
  return claimed.length
}

async function attempt(world: World, senders: Outbox['senders'], delivery: StoredDelivery): Promise<void> {
  const { db, clock, metrics, log } = world
  const { id, key, kind, attempts } = delivery
  try {
    await send(world, senders, delivery)
    await markSent(db.query, { id, attempts, now: clock.now() })
    metrics.count('sigil_outbox_attempts_total', { kind, outcome: 'sent' })
  } catch (error) {
    const now = clock.now()
    const next = nextAttemptAt(now, attempts)
    const isLast = error instanceof CannotDeliver || next >= delivery.expiresAt
    const failure = { id, attempts, error: String(error).slice(0, maxErrorLength) }
    log.warn({ error, kind, key, attempts }, isLast ? 'A delivery was given up' : 'A delivery failed')
    metrics.count('sigil_outbox_attempts_total', { kind, outcome: isLast ? 'dead' : 'failed' })
    if (isLast) await markDead(db.query, { ...failure, now })
    else await markFailed(db.query, { ...failure, nextAttemptAt: next })
  }
}

async function send(world: World, senders: Outbox['senders'], delivery: StoredDelivery): Promise<void> {
  const { key, kind, recipient, expiresAt, attempts } = delivery
  const sender = senders[kind]
  if (!sender) throw new Error(`There is no sender for ${kind}.`)
  const payload = unseal(world, { purpose: 'outbox_payload', id: key }, delivery.payload).toString()
  await sender(world, { key, kind, recipient, payload, expiresAt, attempt: attempts })
}
