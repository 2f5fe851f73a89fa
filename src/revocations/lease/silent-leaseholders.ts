import { type Clock, sleep } from '#src/platform/clock.ts'
import { waitOutMs } from '#src/revocations/lease/lease.ts'
import {
  allLeaseholders,
  deleteSilentLeaseholder,
  type Leaseholder,
} from '#src/revocations/lease/leaseholders.sql.ts'
import type { Query } from '#src/store/db.ts'

/**
 * Waits until no lease that was ever given out can hold, and gives the rows that were left behind; undefined
 * where somebody renews theirs, and so is alive.
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

/** A step: whether there is nobody but these, and none of them has renewed since. */
export async function areLeaseholdersSilent(query: Query, before: readonly Leaseholder[]): Promise<boolean> {
  const now = await allLeaseholders(query)
  return now.every(({ id, beat }) => before.some((holder) => holder.id === id && holder.beat === beat))
}

/**
 * A step: deletes the rows of those that are gone, and says whether nobody is left. One that comes back has
 * to register anew before it may judge anything.
 */
export async function dismissSilent(query: Query, silent: readonly Leaseholder[]): Promise<boolean> {
  for (const holder of silent) await deleteSilentLeaseholder(query, holder)
  return (await allLeaseholders(query)).length === 0
}
