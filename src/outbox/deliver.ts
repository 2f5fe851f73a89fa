import { unseal } from '#src/keys/seal.ts'
import { attemptMs, CannotDeliver, nextAttemptAt } from '#src/outbox/delivery.ts'
import {
  claimDeliveries,
  dueKinds,
  expireDeliveries,
  markDead,
  markFailed,
  markSent,
  type StoredDelivery,
} from '#src/outbox/outbox.sql.ts'
import type { Outbox } from '#src/outbox/readers.ts'
import type { World } from '#src/world/world.ts'

/** Attempts of one kind at a time. */
const maxAtOnce = 10
const maxErrorLength = 500

/** Attempts all due deliveries and waits until they end. Returns the number of attempts. */
export async function deliver(world: World, senders: Outbox['senders']): Promise<number> {
  const started = await startDeliveries(world, senders, new Map())
  await Promise.all(started.map(({ attempt }) => attempt))
  return started.length
}

export type Started = { readonly kind: string; readonly attempt: Promise<void> }

/**
 * Begins to attempt all due deliveries. A delivery is claimed before the attempt and marked after it: if the
 * process is killed in between, it is sent again with the same key. Each kind has its own slots, so that a
 * hanging mail server does not delay logout tokens. `inFlight` counts the used slots of each kind.
 */
export async function startDeliveries(
  world: World,
  senders: Outbox['senders'],
  inFlight: ReadonlyMap<string, number>,
): Promise<Started[]> {
  const { db, clock, metrics } = world
  const now = clock.now()
  const expired = await expireDeliveries(db.query, now)
  if (expired > 0) metrics.count('sigil_outbox_expired_total', {}, expired)
  const started: Started[] = []
  for (const kind of await dueKinds(db.query, now)) {
    const max = maxAtOnce - (inFlight.get(kind) ?? 0)
    if (max <= 0) continue
    const claimed = await claimDeliveries(db.query, { kind, now, until: now + attemptMs, max })
    for (const delivery of claimed) started.push({ kind, attempt: attempt(world, senders, delivery) })
  }
  return started
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
