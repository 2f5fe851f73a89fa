import { type Clock, sleep } from '#src/platform/clock.ts'
import { waitOutMs } from '#src/revocations/lease/lease.ts'
import {
  allLeaseholders,
  deleteSilentLeaseholder,
  type Leaseholder,
} from '#src/revocations/lease/leaseholders.sql.ts'
import type { Query } from '#src/store/db.ts'

/**
 * Waits until every previously granted lease has ended, and returns the remaining rows; undefined if one was
 * renewed in the meantime, which means that its node is running.
 */
export async function silentLeaseholders(
  query: Query,
  clock: Clock,
): Promise<readonly Leaseholder[] | undefined> {
  const before = await allLeaseholders(query)
  if (before.length === 0) return before
  await sleep(clock, waitOutMs(Math.max(...before.map(({ leaseMs }) => leaseMs))))
  return (await areLeaseholdersSilent(query, before)) ? before : undefined
}

/** A step: whether there are no leaseholders but these, and none of these has renewed since. */
export async function areLeaseholdersSilent(query: Query, before: readonly Leaseholder[]): Promise<boolean> {
  const now = await allLeaseholders(query)
  return now.every(({ id, beat }) => before.some((row) => row.id === id && row.beat === beat))
}

/**
 * A step: deletes the rows of silent leaseholders and returns whether no rows are left. A node that returns
 * has to register again before it may judge tokens.
 */
export async function dismissSilent(query: Query, silent: readonly Leaseholder[]): Promise<boolean> {
  for (const row of silent) await deleteSilentLeaseholder(query, row)
  return (await allLeaseholders(query)).length === 0
}
