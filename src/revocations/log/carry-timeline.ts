import { setTimeline, type Timeline, timelineOf } from '#src/revocations/lease/leaseholders.sql.ts'
import type { Query } from '#src/store/db.ts'

/** A step: the history that this database tells, for one that is to go on with it. */
export async function timelineToCarry(query: Query): Promise<Timeline> {
  return timelineOf(query)
}

/**
 * A step, for a database that has all of another one in which nothing can happen any more: what was issued
 * there is as good here.
 */
export async function carryOn(query: Query, timeline: Timeline): Promise<void> {
  await setTimeline(query, timeline)
}
