import { revocationNode } from '#src/revocations/lease/this-node.ts'
import { logEnd } from '#src/revocations/log/log-end.ts'
import { placeWaiting } from '#src/revocations/log/place-waiting.ts'
import type { Revoked } from '#src/revocations/log/revocation.ts'
import { headAndWaiting } from '#src/revocations/log/revocations.sql.ts'
import type { RevokingQuery } from '#src/revocations/log/revoking-query.ts'
import { wallClock } from '#src/revocations/log/wall-clock.ts'
import { type MeasuredPropagation, type Propagation, propagate } from '#src/revocations/propagation.ts'
import { CommitUnknown, DatabaseAway, type Query } from '#src/store/db.ts'
import type { LabelsOf } from '#src/telemetry/metrics.ts'
import type { World } from '#src/world/world.ts'

type Decided<T> = {
  readonly outcome: T
  readonly revoked: readonly Revoked[]
  /** How many sessions ended with it and why, for metrics. */
  readonly ended?: readonly ({ readonly sessions: number } & LabelsOf<'sigil_sessions_ended_total'>)[]
}

type Work<T> = (query: RevokingQuery) => Promise<Decided<T>>

/**
 * The only way to commit a change that ends someone's rights. When `propagated` resolves, no server and no
 * attached verifier accepts the revoked tokens; a caller that responds earlier must indicate that. If there
 * was nothing left to revoke, an earlier call has just revoked it and may still be waiting, so `propagated`
 * waits too.
 */
export async function commitRevoking<T>(
  world: World,
  work: Work<T>,
): Promise<{ outcome: T; propagated: Promise<Propagation> }> {
  const { outcome, last } = await commit(world, work)
  const propagated = last === undefined ? propagateAll(world) : measured(world, propagation(world, last))
  return { outcome, propagated: handled(propagated) }
}

/**
 * The same for changes that may revoke nothing: then there is nothing to wait for, and it costs no more than
 * any transaction.
 */
export async function commitPerhapsRevoking<T>(
  world: World,
  work: Work<T>,
): Promise<{ outcome: T; propagated: Promise<Propagation> | undefined }> {
  const { outcome, last } = await commit(world, work)
  return {
    outcome,
    propagated: last === undefined ? undefined : handled(measured(world, propagation(world, last))),
  }
}

/** `last`: the last log entry of the revocation; undefined if nothing was revoked. */
type Committed<T> = { readonly outcome: T; readonly last: number | undefined }

async function commit<T>(world: World, work: Work<T>): Promise<Committed<T>> {
  const node = revocationNode(world)
  await wallClock(world).lookOnce()
  let revokes = false
  try {
    const {
      outcome,
      revoked,
      ended = [],
    } = await atLogEnd(world, async (query) => {
      const decided = await work(query as RevokingQuery)
      revokes = decided.revoked.length > 0
      return decided
    })
    // Verifiers that receive a revoked key request its successor at once, so this server must have it.
    if (revoked.some(isOfKey)) await world.keys.reload().catch(() => node.doubt())
    const last = await placed(world, revoked)
    const { metrics } = world
    for (const { kind } of revoked) metrics.count('sigil_revocations_total', { kind })
    for (const { sessions, reason } of ended)
      metrics.count('sigil_sessions_ended_total', { reason }, sessions)
    return { outcome, last }
  } catch (error) {
    if (error instanceof CommitUnknown && revokes) node.doubt()
    throw error
  }
}

/** Runs a transaction that may append to the log, until its outcome is known. */
async function atLogEnd<T>(world: World, work: (query: Query) => Promise<T>): Promise<T> {
  const end = logEnd(world)
  let latest: Query | undefined
  try {
    return await world.db.transaction((query) => {
      // It runs again after a deadlock, with another query.
      end.leave(latest)
      latest = query
      return work(query)
    })
  } finally {
    end.leave(latest)
  }
}

/**
 * Nothing is announced before it has its place in the log: from then on all readers of the log apply it. An
 * entry that another transaction left waiting is placed first, because this call relies on it: if a changed
 * role has just replaced the signature of a user, a logout everywhere revokes only the new one.
 */
async function placed(world: World, revoked: readonly Revoked[]): Promise<number | undefined> {
  const appended = revoked.filter(({ seq }) => seq > 0)
  revocationNode(world).log.applyCommitted(appended)
  if (appended.length === revoked.length && !revoked.some(({ isAheadOfWaiting }) => isAheadOfWaiting))
    return revoked.at(-1)?.seq
  return placeWaiting(world)().catch((error) => {
    if (!(error instanceof DatabaseAway)) throw error
    throw new CommitUnknown('The revocation was committed, and is not in the log yet.', { cause: error })
  })
}

function isOfKey({ kind }: Revoked): boolean {
  return kind === 'signing_key' || kind === 'mac_key'
}

/**
 * For a call that finds its work already done: the earlier call may still be waiting, so this one waits too.
 * It waits for everything revoked so far, because a session may have been revoked through its user's
 * signature.
 */
export async function propagateAll(world: World): Promise<Propagation> {
  const { head, areWaiting } = await headAndWaiting(world.db.query)
  const seq = areWaiting ? await placeWaiting(world)() : head
  return propagate(revocationNode(world), { seq, committedAt: world.clock.monotonic() })
}

async function propagation(world: World, seq: number): Promise<MeasuredPropagation> {
  const committedAt = world.clock.monotonic()
  return propagate(revocationNode(world), { seq, committedAt })
}

/** Only for a commit of this call: a repeated call would measure the wrong time. */
async function measured(world: World, propagating: Promise<MeasuredPropagation>): Promise<Propagation> {
  const propagated = await propagating
  const { metrics } = world
  revocationNode(world).peers.sawAcks(propagated.ackedMs)
  metrics.observe('sigil_revocation_wait_seconds', {}, propagated.waitedMs / 1000)
  for (const ms of propagated.ackedMs) metrics.observe('sigil_revocation_ack_seconds', {}, ms / 1000)
  metrics.count('sigil_revocation_outwaited_total', {}, propagated.outwaited)
  return propagated
}

/** A caller does not have to await the promise, and then its failure must not end the process. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}
