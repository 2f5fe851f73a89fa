import { hostname } from 'node:os'
import { stayHere } from '#src/audit/moved.ts'
import type { Instant } from '#src/platform/clock.ts'
import * as leaseholders from '#src/revocations/lease/leaseholders.sql.ts'
import type { LogRead, Revocation } from '#src/revocations/log/revocation.ts'
import { revocationsAfter, revocationsNext } from '#src/revocations/log/revocations.sql.ts'
import { nameTimeline, type Timeline, timelineOf } from '#src/revocations/log/timeline.sql.ts'
import type { Query } from '#src/store/db.ts'
import type { World } from '#src/world/world.ts'

/**
 * The operations that the protocol needs from the database. Each is one request and one reply, either of
 * which may be late or lost. The simulation replaces it with a simulated database and network.
 */
export type LogPort = {
  register(leaseholder: leaseholders.Leaseholder): Promise<void>
  /**
   * Returns the acknowledged position in the row; undefined if there is no row, and therefore no lease. `now`
   * is only shown to operators.
   */
  beat(id: string, now: Instant): Promise<number | undefined>
  fetch(after: number): Promise<LogRead>
  /** The oldest `max` entries after `after`. */
  page(after: number, max: number): Promise<readonly Revocation[]>
  ack(id: string, acked: number): Promise<void>
  lend(id: string, leaseMs: number): Promise<void>
  leave(id: string): Promise<void>
  leaseholders(): Promise<leaseholders.Leaseholder[]>
  collect(id: string, beat: number): Promise<void>
  timeline(fresh: string): Promise<Timeline>
  /** Wakes the other nodes. A lost hint costs time only. */
  hint(payload: string): Promise<void>
  /** Wakes the revokers that wait for this entry, if every node has acknowledged it. */
  hintIfLast(seq: number): Promise<void>
}

/**
 * Operations that the lease depends on are abandoned after the length of a lease, when the reply would be
 * useless: a silent connection delays a node no longer than that. PostgreSQL may still execute them, much
 * later and after newer statements, and nothing breaks:
 * - A beat makes a row look more alive than it is, so revokers wait a little longer. A lease counts from
 *   before the request of a renewal whose own beat was answered: a late beat extends none.
 * - An acknowledgement stays true, because a node keeps everything that it applied under the same id; and it
 *   changes nothing if the row is further by then.
 * - A timeline is named once, whichever statement comes first. Reads change nothing, and any hint may be
 *   late.
 */
export function logPort({ db, keys, settings }: Pick<World, 'db' | 'keys' | 'settings'>): LogPort {
  const { query, dialect } = db
  const urgently = db.urgent(settings.revocationLeaseMs)
  return {
    register: (leaseholder) =>
      db.transaction(async (query) => {
        // An export locks the same row before it looks for leaseholders: one of the two comes first.
        await stayHere(query)
        await leaseholders.insertLeaseholder(query, leaseholder)
      }),
    beat: (id, now) => leaseholders.beatLeaseholder(urgently, id, now),
    fetch: (after) => logAfter({ query: urgently, keys }, after),
    page: (after, max) => revocationsNext(query, { after, max }),
    ack: (id, acked) => leaseholders.ackLeaseholder(urgently, { id, acked }),
    lend: (id, leaseMs) => leaseholders.lendLeaseholder(query, { id, leaseMs }),
    leave: (id) => leaseholders.deleteLeaseholder(query, id),
    leaseholders: () => leaseholders.allLeaseholders(query),
    collect: (id, beat) => leaseholders.deleteSilentLeaseholder(query, { id, beat }),
    async timeline(fresh) {
      const known = await timelineOf(urgently)
      if (known.timeline !== '') return known
      await nameTimeline(urgently, fresh)
      return timelineOf(urgently)
    },
    async hint(payload) {
      if (dialect === 'postgres') await leaseholders.sendHint(query, payload)
    },
    hintIfLast: (seq) => leaseholders.sendHintIfLast(urgently, seq),
  }
}

/** Few enough for one urgent statement over any network that can keep a lease. */
const maxAtOnce = 10_000

/**
 * The whole log after an entry, in as many statements as needed. The keys are loaded before anything is
 * applied or acknowledged and before the lease counts: a revoker that waits for this node waits for its keys
 * too, and the key ring of a node with a lease is at most as old as that lease.
 */
async function logAfter(
  { query, keys }: { query: Query; keys: World['keys'] },
  after: number,
): Promise<LogRead> {
  const pages: (readonly Revocation[])[] = []
  for (let from = after; ; ) {
    const { ringVersion, head, droppedUntil, entries } = await revocationsAfter(query, {
      after: from,
      max: maxAtOnce,
    })
    pages.push(entries)
    const last = entries.length === maxAtOnce ? entries.at(-1) : undefined
    if (last) {
      from = last.seq
      continue
    }
    await keys.follow(ringVersion, query)
    return { entries: pages.flat(), head, droppedUntil }
  }
}

/** The name of the node for operators. */
export function nodeName(): string {
  return `${hostname()}:${process.pid}`
}
