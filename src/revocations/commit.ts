import { revocationNode } from '#src/revocations/lease/this-node.ts'
import type { Revocation, Revoked } from '#src/revocations/log/revocation.ts'
import { headOf } from '#src/revocations/log/revocations.sql.ts'
import { wallClock } from '#src/revocations/log/wall-clock.ts'
import { type MeasuredPropagation, type Propagation, propagate } from '#src/revocations/propagation.ts'
import { CommitUnknown, type Query } from '#src/store/db.ts'
import type { LabelsOf } from '#src/telemetry/metrics.ts'
import type { World } from '#src/world/world.ts'

type Decided<T> = {
  readonly outcome: T
  readonly revoked: readonly Revoked[]
  /** The sessions that ended with it, to be counted. */
  readonly ended?: { readonly sessions: number } & LabelsOf<'sigil_sessions_ended_total'>
}

type Work<T> = (query: Query) => Promise<Decided<T>>

/**
 * The one way to commit what ends somebody's rights. When `reached` resolves, no server and no attached
 * verifier accepts what was revoked. The caller may answer before, but must then say so. Where nothing was
 * left to revoke somebody else has just done it, and may still be waiting: so `reached` waits, too.
 */
export async function commitRevoking<T>(
  world: World,
  work: Work<T>,
): Promise<{ outcome: T; propagated: Promise<Propagation> }> {
  const { outcome, last } = await commit(world, work)
  return {
    outcome,
    propagated: handled(last ? watched(world, propagation(world, last)) : propagateAll(world)),
  }
}

/**
 * The same for what seldom revokes anything, and has nothing to wait for where it did not: so then it costs
 * no more than any transaction.
 */
export async function commitPerhapsRevoking<T>(
  world: World,
  work: Work<T>,
): Promise<{ outcome: T; propagated: Promise<Propagation> | undefined }> {
  const { outcome, last } = await commit(world, work)
  return { outcome, propagated: last && handled(watched(world, propagation(world, last))) }
}

async function commit<T>(world: World, work: Work<T>): Promise<{ outcome: T; last: Revocation | undefined }> {
  const node = revocationNode(world)
  await wallClock(world).lookOnce()
  let revokes = false
  try {
    const { outcome, revoked, ended } = await world.db.transaction(async (query) => {
      const decided = await work(query)
      revokes = decided.revoked.length > 0
      return decided
    })
    // Verifiers that hear of a dead key ask for its successor at once, and this server must know it by then.
    if (revoked.some(isOfKey)) await world.keys.reload().catch(() => node.doubt())
    node.apply(revoked)
    const { metrics } = world
    for (const { kind } of revoked) metrics.count('sigil_revocations_total', { kind })
    if (ended) metrics.count('sigil_sessions_ended_total', { reason: ended.reason }, ended.sessions)
    return { outcome, last: revoked.at(-1) }
  } catch (error) {
    if (error instanceof CommitUnknown && revokes) node.doubt()
    throw error
  }
}

function isOfKey({ kind }: Revoked): boolean {
  return kind === 'signing_key' || kind === 'mac_key'
}

/**
 * For a call that finds its work done already: the earlier caller may still be waiting, so this one waits
 * too. For all that was revoked until now, because a session may have died under its user's signature.
 */
export async function propagateAll(world: World): Promise<Propagation> {
  const seq = await headOf(world.db.query)
  return propagate(revocationNode(world), { seq, committedAt: world.clock.monotonic() })
}

async function propagation(world: World, { seq }: Revocation): Promise<MeasuredPropagation> {
  const committedAt = world.clock.monotonic()
  return propagate(revocationNode(world), { seq, committedAt })
}

/** Counted only for what was committed a moment ago: to a repeat, what is seen on the way says nothing. */
async function watched(world: World, propagating: Promise<MeasuredPropagation>): Promise<Propagation> {
  const propagated = await propagating
  const { metrics } = world
  const node = revocationNode(world)
  node.slowestAckMs = Math.max(node.slowestAckMs, ...propagated.ackedMs)
  metrics.observe('sigil_revocation_wait_seconds', {}, propagated.waitedMs / 1000)
  for (const ms of propagated.ackedMs) metrics.observe('sigil_revocation_ack_seconds', {}, ms / 1000)
  metrics.count('sigil_revocation_outwaited_total', {}, propagated.outwaited)
  return propagated
}

/** Whoever awaits it hears of its failure; nobody has to, and that must not end the process. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}
