import { hostname } from 'node:os'
import { stayHere } from '#src/audit/moved.ts'
import type { Instant } from '#src/platform/clock.ts'
import * as leaseholders from '#src/revocations/lease/leaseholders.sql.ts'
import type { LogRead, Revocation } from '#src/revocations/log/revocation.ts'
import { revocationsAfter, revocationsNext } from '#src/revocations/log/revocations.sql.ts'
import type { Query } from '#src/store/db.ts'
import type { World } from '#src/world/world.ts'

/**
 * What the protocol asks of the database. Each is one message there and one back, which may be late or lost:
 * the simulation stands in here with a database and a network of its own.
 */
export type LogPort = {
  register(holder: leaseholders.Leaseholder): Promise<void>
  /**
   * Gives what the row says is acknowledged; undefined: there is no such row, so there is no lease. `now` is
   * only for who looks at the rows.
   */
  beat(id: string, now: Instant): Promise<number | undefined>
  fetch(after: number): Promise<LogRead>
  /** The oldest of what is there after a place. */
  part(after: number, most: number): Promise<readonly Revocation[]>
  ack(id: string, acked: number): Promise<void>
  lend(id: string, leaseMs: number): Promise<void>
  leave(id: string): Promise<void>
  leaseholders(): Promise<leaseholders.Leaseholder[]>
  collect(id: string, beat: number): Promise<void>
  timeline(fresh: string): Promise<leaseholders.Timeline>
  /** Wakes the other nodes. Lost hints cost time, never truth. */
  hint(payload: string): Promise<void>
  /** Wakes those who wait for this place of the log, if nobody is behind it any more. */
  hintOfLast(seq: number): Promise<void>
}

/**
 * What keeps the lease is given up when it takes as long as a lease, for its answer would be of no use: a
 * connection that has fallen silent holds a node up no longer than that. PostgreSQL may do it all the same,
 * much later and after what was said since, and all stays right:
 * - A beat makes a row look more alive than it is, and so is waited for a little longer. A lease counts from
 *   before the question of a renewal whose own beat was answered: what is done later lengthens none.
 * - An acknowledgement is as true later as when it was sent, since nothing that was applied is forgotten
 *   under the same id; and it changes nothing where the row says more by then.
 * - A timeline is named once, whoever comes first. To read changes nothing, and a hint may always be late.
 */
export function logPort({ db, keys, settings }: Pick<World, 'db' | 'keys' | 'settings'>): LogPort {
  const { query, dialect } = db
  const urgently = db.urgent(settings.revocationLeaseMs)
  return {
    register: (holder) =>
      db.transaction(async (query) => {
        // Whoever exports looks for rows after having taken the same row: one of the two comes first.
        await stayHere(query)
        await leaseholders.insertLeaseholder(query, holder)
      }),
    beat: (id, now) => leaseholders.beatLeaseholder(urgently, id, now),
    fetch: (after) => logAfter({ query: urgently, keys }, after),
    part: (after, most) => revocationsNext(query, { after, most }),
    ack: (id, acked) => leaseholders.ackLeaseholder(urgently, { id, acked }),
    lend: (id, leaseMs) => leaseholders.lendLeaseholder(query, { id, leaseMs }),
    leave: (id) => leaseholders.deleteLeaseholder(query, id),
    leaseholders: () => leaseholders.allLeaseholders(query),
    collect: (id, beat) => leaseholders.deleteSilentLeaseholder(query, { id, beat }),
    async timeline(fresh) {
      await leaseholders.nameTimeline(urgently, fresh)
      return leaseholders.timelineOf(urgently)
    },
    async hint(payload) {
      if (dialect === 'postgres') await leaseholders.sendHint(query, payload)
    },
    hintOfLast: (seq) => leaseholders.sendHintOfLast(urgently, seq),
  }
}

/** So few that an urgent statement has time for them over any network that can keep a lease. */
const maxAtOnce = 10_000

/**
 * All of the log after a place, however long: who starts reads the whole. Keys come before anything is
 * applied, acknowledged or a lease counted: whoever waits for this node waits for its keys too, and while it
 * holds a lease its ring is no older than that.
 */
async function logAfter(
  { query, keys }: { query: Query; keys: World['keys'] },
  after: number,
): Promise<LogRead> {
  const parts: (readonly Revocation[])[] = []
  for (let place = after; ; ) {
    const { ringVersion, head, entries } = await revocationsAfter(query, { after: place, most: maxAtOnce })
    parts.push(entries)
    const last = entries.length === maxAtOnce ? entries.at(-1) : undefined
    if (last) {
      place = last.seq
      continue
    }
    await keys.follow(ringVersion, query)
    return { entries: parts.flat(), head }
  }
}

/** How an operator tells nodes apart. */
export function nodeName(): string {
  return `${hostname()}:${process.pid}`
}
