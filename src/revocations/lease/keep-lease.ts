import type { Clock } from '#src/platform/clock.ts'
import { renewEveryMs, waitOutMs } from '#src/revocations/lease/lease.ts'
import type { Leaseholder } from '#src/revocations/lease/leaseholders.sql.ts'
import type { RevocationNode } from '#src/revocations/lease/node.ts'
import { revocationNode } from '#src/revocations/lease/this-node.ts'
import { placeLeftBehind } from '#src/revocations/log/place-waiting.ts'
import { wallClock } from '#src/revocations/log/wall-clock.ts'
import { openHints } from '#src/store/hints.ts'
import type { Log } from '#src/telemetry/log.ts'
import type { World } from '#src/world/world.ts'

export type Keeping = { stop(): Promise<void> }

/** Joins the cluster or throws; then renews the lease and follows the log for as long as the server runs. */
export async function keepLease(world: World): Promise<Keeping> {
  const node = revocationNode(world)
  const keeping = await keepNode(node, world.log)
  const hints = listen(world, node)
  const stops: (() => Promise<void>)[] = []
  const stop = async () => {
    // Each may wait for a reply that never arrives, so in sequence they could take too long.
    await Promise.all([...stops.map((stop) => stop()), hints?.close(), keeping.stop()])
  }
  try {
    const stopWatching = await watchClock(world)
    if (stopWatching) stops.push(stopWatching)
    await placeLeftBehind(world)
    if (!node.outside.isAlone) stops.push(placeForOthers(world))
    return { stop }
  } catch (error) {
    await stop().catch(() => {})
    throw error
  }
}

/** The same without listening for hints: correct, only slower. */
export async function keepNode(node: RevocationNode, log: Log): Promise<Keeping> {
  const { clock, leaseMs, isAlone } = node.outside
  await node.renew()
  const renewing = { everyMs: renewEveryMs(leaseMs), patienceMs: leaseMs, messages: ofLease }
  const stopRenewing = repeat({ clock, log }, renewing, async () => {
    if (!isAlone) await node.renew()
  })
  let seen: readonly Seen[] = []
  let known = node.log.applied
  const collecting = { everyMs: waitOutMs(leaseMs), patienceMs: waitOutMs(leaseMs), messages: ofSilent }
  const stopCollecting = repeat({ clock, log }, collecting, async () => {
    const due = known
    known = node.log.applied
    seen = await collectSilent(node, seen)
    node.peers.saw(
      seen.map(({ row }) => row),
      due,
    )
  })
  return {
    async stop() {
      // A renewal in progress would register again after the row was deleted.
      await Promise.all([stopRenewing(), stopCollecting()])
      await node.leave()
    },
  }
}

/** A row, and when it was first read with this heartbeat. */
type Seen = { readonly row: Leaseholder; readonly since: number }

/**
 * Deletes the rows of dead nodes: those that have not been renewed for as long as a revoker would wait. That
 * time counts from reading the heartbeat, because a revocation may be older than the row, and depends on the
 * lease in the row, which may be longer than ours while the setting is being changed. With SQLite the rows
 * are earlier starts of this server, whose verifiers may have held a lease until now.
 */
async function collectSilent(node: RevocationNode, before: readonly Seen[]): Promise<Seen[]> {
  const { clock, port } = node.outside
  const leaseholders = await port.leaseholders()
  const now = clock.monotonic()
  const seen = leaseholders.map((row) => ({ row, since: sinceWhen(before, row) ?? now }))
  for (const { row, since } of seen) {
    const isSilent = now - since >= waitOutMs(row.leaseMs) && row.id !== node.id
    if (isSilent) await port.collect(row.id, row.beat)
  }
  return seen
}

function sinceWhen(before: readonly Seen[], { id, beat, leaseMs }: Leaseholder): number | undefined {
  const same = before.find(({ row }) => row.id === id && row.beat === beat && row.leaseMs === leaseMs)
  return same?.since
}

const cannotListen =
  'Cannot listen for notifications of PostgreSQL; revocations of other nodes and logouts are slower'

function listen({ db, settings, clock, log }: World, node: RevocationNode) {
  const url = settings.databaseDirectUrl ?? settings.databaseUrl
  if (db.dialect === 'sqlite' || url === undefined) return undefined
  const setting =
    settings.databaseDirectUrl === undefined ? 'SIGIL_DATABASE_URL' : 'SIGIL_DATABASE_DIRECT_URL'
  const onOutage = (error: unknown) => log.warn({ error, setting }, cannotListen)
  return openHints({ url, clock, lookEveryMs: settings.revocationLeaseMs, onOutage }, (payload) => {
    receiveHint(node, payload).catch((error) =>
      log.debug({ error }, 'Could not read the revocation log after a hint'),
    )
  })
}

/**
 * `head N`: the log has grown to N, and a revoker waits until this node has applied it. `ack N`: every node
 * has acknowledged N. `ring`: the key ring has changed, and reading the log loads it.
 */
export async function receiveHint(node: RevocationNode, payload: string): Promise<void> {
  const [topic, seq] = payload.split(' ')
  if (topic === 'ack') node.progress.raise()
  if (topic === 'ring' || (topic === 'head' && Number(seq) > node.log.applied)) await node.catchUp()
  else if (topic === 'head') await node.acknowledge()
}

const watchedEveryMs = 5000

const clockIsOff =
  'The clock of this server is over a minute off the clock of the database. Until it is corrected, this ' +
  'server issues no tokens, and verifies none if its clock is slow'

/** Checks once before it returns, so that no request is served with an unchecked clock. */
async function watchClock(world: World): Promise<(() => Promise<void>) | undefined> {
  const { db, clock, log } = world
  if (db.dialect === 'sqlite') return undefined
  const wall = wallClock(world)
  let wasOff = false
  const watch = async () => {
    await wall.look()
    const now = clock.now()
    const isOff = wall.isOff(now)
    const about = { skew_ms: Math.round(wall.skewMs(now)) }
    if (isOff && !wasOff) log.error(about, clockIsOff)
    if (!isOff && wasOff) log.info(about, 'The clock is back in sync with the database')
    wasOff = isOff
  }
  await watch()
  return repeat(
    { clock, log },
    { everyMs: watchedEveryMs, patienceMs: watchedEveryMs, messages: ofClock },
    watch,
  )
}

/** A node that stops between its two commits leaves entries without a place. */
function placeForOthers(world: World): () => Promise<void> {
  const everyMs = waitOutMs(world.settings.revocationLeaseMs)
  return repeat(world, { everyMs, patienceMs: everyMs, messages: ofLeftBehind }, () => placeLeftBehind(world))
}

type Messages = { readonly failed: string; readonly recovered: string }

const ofLease: Messages = {
  failed: 'Cannot renew the revocation lease; once it ends, tokens are rejected',
  recovered: 'The revocation lease is renewed again',
}

const ofSilent: Messages = {
  failed: 'Cannot detect dead nodes; logouts wait for their leases',
  recovered: 'Dead nodes are detected again',
}

const ofLeftBehind: Messages = {
  failed: 'Cannot place the revocations of nodes that stopped',
  recovered: 'Revocations of nodes that stopped are placed again',
}

const ofClock: Messages = {
  failed: 'Cannot compare the clock with the clock of the database',
  recovered: 'The clock is again compared with the clock of the database',
}

type Repeated = { readonly everyMs: number; readonly patienceMs: number; readonly messages: Messages }

function repeat(
  { clock, log }: { clock: Clock; log: Log },
  { everyMs, patienceMs, messages }: Repeated,
  act: () => Promise<void>,
): () => Promise<void> {
  let isStopped = false
  let cancel = () => {}
  let running = Promise.resolve()
  let isFailing = false
  // Logged once per outage, because there are many attempts per second.
  const fail = (details: Record<string, unknown>) => {
    if (!isFailing) log.error(details, messages.failed)
    isFailing = true
  }
  const once = async () => {
    // A connection that has fallen silent fails much later than the lease ends.
    const stopWaiting = clock.after(patienceMs, () => fail({}))
    try {
      await act()
      if (isFailing) log.info({}, messages.recovered)
      isFailing = false
    } catch (error) {
      fail({ error })
    } finally {
      stopWaiting()
    }
    if (!isStopped) schedule()
  }
  const schedule = () => {
    cancel = clock.after(everyMs, () => {
      running = once()
    })
  }
  schedule()
  return async () => {
    isStopped = true
    cancel()
    await running
  }
}
