import type { Clock, Instant } from '#src/platform/clock.ts'
import { type Random, randomId } from '#src/platform/random.ts'
import { setTimeline, type Timeline } from '#src/revocations/log/timeline.sql.ts'
import type { Query } from '#src/store/db.ts'

/**
 * A step, for a database that was restored from a backup: it lacks later revocations, so every token issued
 * before `notBefore` is revoked. Token times are whole seconds and clocks differ a little, so `notBefore` is
 * one to two seconds ahead: wait for it before the next sign-in.
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
