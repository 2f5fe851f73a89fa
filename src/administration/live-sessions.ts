import { liveSpans } from '#src/administration/live-sessions.sql.ts'
import { expiryAfter } from '#src/administration/statistics.sql.ts'
import { type Period, periods, spansOf } from '#src/administration/statistics.ts'
import type { Instant } from '#src/platform/clock.ts'
import { perWorld, type World } from '#src/world/world.ts'

const sessionsAtOnce = 10_000
const keptForMs = 60_000

/** How many sessions were live at a moment. */
export type LiveAt = { readonly at: Instant; readonly live: number }

const counted = perWorld(() => new Map<Period, { at: number; result: Promise<LiveAt[]> }>())

/**
 * The live sessions at the beginning of each slot of a period, at most a minute old. The rows of deleted
 * users, and of sessions whose longest lifetime ended more than a week ago, are gone and not counted.
 */
export function liveSessionsOver(world: World, period: Period): Promise<LiveAt[]> {
  const cache = counted(world)
  const now = world.clock.monotonic()
  const known = cache.get(period)
  if (known && now - known.at < keptForMs) return known.result
  const result = countInPieces(world, period)
  cache.set(period, { at: now, result })
  // A failed count is not cached.
  result.catch(() => cache.delete(period))
  return result
}

/** Other calls are answered between the batches. */
async function countInPieces({ db, clock }: World, period: Period): Promise<LiveAt[]> {
  const moments = spansOf(period, clock.now()).map(({ from }) => from)
  const [start = 0] = moments
  const changes = new Array<number>(moments.length + 1).fill(0)
  const shape = { start, stepMs: periods[period].slotMs, count: moments.length }
  for (let after: Instant | undefined = start; after !== undefined; ) {
    const last: Instant | undefined = await expiryAfter(db.query, after, sessionsAtOnce)
    const piece = { after, last: last ?? Number.MAX_SAFE_INTEGER }
    for (const { first, end, sessions } of await liveSpans(db.query, shape, piece)) {
      changes[first] = (changes[first] ?? 0) + sessions
      changes[end] = (changes[end] ?? 0) - sessions
    }
    after = last
  }
  let live = 0
  return moments.map((at, index) => {
    live += changes[index] ?? 0
    return { at, live }
  })
}
