import type { Clock } from '#src/platform/clock.ts'
import { renewEveryMs, waitOutMs } from '#src/revocations/lease/lease.ts'
import type { Leaseholder } from '#src/revocations/lease/leaseholders.sql.ts'
import type { RevocationNode } from '#src/revocations/lease/node.ts'
import { revocationNode } from '#src/revocations/lease/this-node.ts'
import { wallClock } from '#src/revocations/log/wall-clock.ts'
import { openHints } from '#src/store/hints.ts'
import type { Log } from '#src/telemetry/log.ts'
import type { World } from '#src/world/world.ts'

export type Keeping = { stop(): Promise<void> }

/** Joins the cluster, or faults; then renews the lease and follows the log for as long as the server runs. */
export async function keepLease(world: World): Promise<Keeping> {
  const node = revocationNode(world)
  const keeping = await keepNode(node, world.log)
  const hints = listen(world, node)
  const stop = async (stopWatching?: () => Promise<void>) => {
    // Each may wait for an answer that does not come; one after the other they would wait for too long.
    await Promise.all([stopWatching?.(), hints?.close(), keeping.stop()])
  }
  try {
    const stopWatching = await watchClock(world)
    return { stop: () => stop(stopWatching) }
  } catch (error) {
    await stop().catch(() => {})
    throw error
  }
}

/** The same without a listener: all that the promise needs, only slower. */
export async function keepNode(node: RevocationNode, log: Log): Promise<Keeping> {
  const { clock, leaseMs, isAlone } = node.outside
  await node.renew()
  const renewing = { everyMs: renewEveryMs(leaseMs), patienceMs: leaseMs, summary: ofLease }
  const stopRenewing = repeat({ clock, log }, renewing, async () => {
    if (isAlone) await node.acknowledge()
    else await node.renew()
  })
  let seen: readonly Seen[] = []
  let known = node.applied
  const collecting = { everyMs: waitOutMs(leaseMs), patienceMs: waitOutMs(leaseMs), summary: ofSilent }
  const stopCollecting = repeat({ clock, log }, collecting, async () => {
    const due = known
    known = node.applied
    seen = await collectSilent(node, seen)
    node.lastLook = { leaseholders: seen.map(({ holder }) => holder), due }
  })
  return {
    async stop() {
      // A renewal under way would take the row again that is about to be given back.
      await Promise.all([stopRenewing(), stopCollecting()])
      await node.leave()
    },
  }
}

/** A row, and when it was first read with this beat. */
type Seen = { readonly holder: Leaseholder; readonly since: number }

/**
 * Rows that have not beaten for a whole wait since their beat was read are of nodes that are gone; counted
 * from the reading, for a revocation may be older than the row, and by the lease of that row, for it may be
 * longer than ours while the setting is being changed. Beside SQLite they are this server's own earlier
 * starts, whose verifiers may have held a lease until now.
 */
async function collectSilent(node: RevocationNode, before: readonly Seen[]): Promise<Seen[]> {
  const { clock, port } = node.outside
  const leaseholders = await port.leaseholders()
  const now = clock.monotonic()
  const seen = leaseholders.map((holder) => ({ holder, since: sinceWhen(before, holder) ?? now }))
  for (const { holder, since } of seen) {
    const isSilent = now - since >= waitOutMs(holder.leaseMs) && holder.id !== node.id
    if (isSilent) await port.collect(holder.id, holder.beat)
  }
  return seen
}

function sinceWhen(before: readonly Seen[], { id, beat, leaseMs }: Leaseholder): number | undefined {
  const same = before.find(({ holder }) => {
    return holder.id === id && holder.beat === beat && holder.leaseMs === leaseMs
  })
  return same?.since
}

function listen({ db, settings, clock, log }: World, node: RevocationNode) {
  const url = settings.databaseDirectUrl ?? settings.databaseUrl
  if (db.dialect === 'sqlite' || url === undefined) return undefined
  return openHints({ url, clock, lookEveryMs: settings.revocationLeaseMs }, (payload) => {
    receiveHint(node, payload).catch((error) =>
      log.debug({ error }, 'A hint came, but the log could not be read'),
    )
  })
}

/**
 * `head N`: the log has grown to there, and somebody waits until this node has it. `ack N`: nobody is behind
 * that place any more. `ring`: there are other keys, of which every look at the log tells.
 */
export async function receiveHint(node: RevocationNode, payload: string): Promise<void> {
  const [what, place] = payload.split(' ')
  if (what === 'ack') node.progress.raise()
  if (what === 'ring' || (what === 'head' && Number(place) > node.applied)) await node.catchUp()
  else if (what === 'head') await node.acknowledge()
}

const watchedEveryMs = 5000

const clockIsOff =
  'The clock of this machine is over a minute off that of the database: no token is made by it, and ' +
  'where it is slow none is judged. Set it, with NTP'

/** Looks first, so that no call is answered by a clock that nobody has held against another. */
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
    if (!isOff && wasOff) log.info(about, 'The clock is that of the database again')
    wasOff = isOff
  }
  await watch()
  return repeat(
    { clock, log },
    { everyMs: watchedEveryMs, patienceMs: watchedEveryMs, summary: ofClock },
    watch,
  )
}

type Flash = { readonly broken: string; readonly mended: string }

const ofLease: Flash = {
  broken: 'The revocation lease cannot be renewed; past it tokens are refused',
  mended: 'The revocation lease is held again',
}

const ofSilent: Flash = {
  broken: 'Nodes that are gone cannot be looked for; logouts wait for them',
  mended: 'Nodes that are gone are looked for again',
}

const ofClock: Flash = {
  broken: 'The clock cannot be held against that of the database',
  mended: 'The clock is held against that of the database again',
}

type Repeated = { readonly everyMs: number; readonly patienceMs: number; readonly summary: Flash }

function repeat(
  { clock, log }: { clock: Clock; log: Log },
  { everyMs, patienceMs, summary }: Repeated,
  act: () => Promise<void>,
): () => Promise<void> {
  let isStopped = false
  let cancel = () => {}
  let running = Promise.resolve()
  let isFailing = false
  // Said once per outage: it is tried many times a second.
  const fail = (told: Record<string, unknown>) => {
    if (!isFailing) log.error(told, summary.broken)
    isFailing = true
  }
  const once = async () => {
    // A database that is gone without a word is found out much later than it is missed.
    const stopWaiting = clock.after(patienceMs, () => fail({}))
    try {
      await act()
      if (isFailing) log.info({}, summary.mended)
      isFailing = false
    } catch (error) {
      fail({ error })
    } finally {
      stopWaiting()
    }
    if (!isStopped) plan()
  }
  const plan = () => {
    cancel = clock.after(everyMs, () => {
      running = once()
    })
  }
  plan()
  return async () => {
    isStopped = true
    cancel()
    await running
  }
}
