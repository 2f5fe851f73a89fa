import type { Clock, Instant } from '#src/platform/clock.ts'
import { type Random, randomId } from '#src/platform/random.ts'
import { setTimeline, type Timeline } from '#src/revocations/lease/leaseholders.sql.ts'
import type { Query } from '#src/store/db.ts'

/**
 * A step, for a database that has come back from an earlier time: nobody knows what was revoked since, so all
 * that was issued before the floor is dead. Tokens count in whole seconds, and clocks differ a little, so the
 * floor is one to two seconds ahead: wait for it before anybody signs in.
 */
export async function beginTimeline(
  query: Query,
  { clock, random }: { clock: Clock; random: Random },
): Promise<Timeline> {
  const timeline = { timeline: randomId(random), notBefore: notBeforeAfter(clock.now()) }
  await setTimeline(query, timeline)
  return timeline
}

function notBeforeAfter(now: Instant): Instant {
  return (Math.floor(now / 1000) + 2) * 1000
}
