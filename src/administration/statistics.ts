import {
  countLiveSessionsBetween,
  countSignIns,
  countSignUps,
  expiryAfter,
  type SignInCounts,
  type Span,
} from '#src/administration/statistics.sql.ts'
import type { Instant } from '#src/platform/clock.ts'
import { perWorld, type World } from '#src/world/world.ts'

const hourMs = 60 * 60 * 1000

/** The periods that statistics cover, and the slot length of each. */
export const periods = {
  '24h': { slots: 24, slotMs: hourMs },
  '7d': { slots: 28, slotMs: 6 * hourMs },
  '30d': { slots: 30, slotMs: 24 * hourMs },
  '90d': { slots: 90, slotMs: 24 * hourMs },
} as const

export type Period = keyof typeof periods

/** The counts of one slot, which begins at `at`. */
export type Slot = SignInCounts & { readonly at: Instant; readonly signUps: number }

/** The slots of a period, oldest first. They begin at full hours or days of UTC; the last one is not over. */
export async function statisticsOf(world: World, period: Period): Promise<Slot[]> {
  const now = world.clock.now()
  const counted: Slot[] = []
  for (const span of spansOf(period, now)) counted.push(await slotOf(world, span, now))
  return counted
}

/** The spans of the slots of a period. */
export function spansOf(period: Period, now: Instant): Span[] {
  const { slots, slotMs } = periods[period]
  const end = Math.floor(now / slotMs + 1) * slotMs
  return Array.from({ length: slots }, (_, index) => {
    const from = end - (slots - index) * slotMs
    return { from, until: from + slotMs }
  })
}

/** Repeated attempts are added to one row, for minutes at most: older rows no longer change. */
const growsForMs = hourMs
const maxCached = 500

/**
 * Cache of finished slots, by span: with 300,000 sign-ins a month, counting all of them takes half a second.
 */
const finishedSlots = perWorld(() => new Map<string, Slot>())

async function slotOf(world: World, span: Span, now: Instant): Promise<Slot> {
  const finished = finishedSlots(world)
  const name = `${span.from}-${span.until}`
  const known = finished.get(name)
  if (known) return known
  const { query } = world.db
  const slot = {
    at: span.from,
    ...(await countSignIns(query, span)),
    signUps: await countSignUps(query, span),
  }
  if (span.until + growsForMs < now) {
    if (finished.size >= maxCached) finished.clear()
    finished.set(name, slot)
  }
  return slot
}

const sessionsAtOnce = 10_000
const liveSessionsForMs = 60_000

const counting = perWorld(() => ({ at: Number.NEGATIVE_INFINITY, live: Promise.resolve(0) }))

/**
 * The number of live sessions, at most a minute old. No index contains it, because the expiry slides, so it
 * is counted in batches between which other calls are answered.
 */
export function liveSessions(world: World): Promise<number> {
  const state = counting(world)
  const now = world.clock.monotonic()
  if (now - state.at < liveSessionsForMs) return state.live
  const live = countInPieces(world)
  Object.assign(state, { at: now, live })
  // A failed count is not cached.
  live.catch(() => Object.assign(state, { at: Number.NEGATIVE_INFINITY }))
  return live
}

async function countInPieces({ db, clock }: World): Promise<number> {
  const now = clock.now()
  let count = 0
  for (let after = now; ; ) {
    const last = await expiryAfter(db.query, after, sessionsAtOnce)
    const span = { after, last: last ?? Number.MAX_SAFE_INTEGER, now }
    count += await countLiveSessionsBetween(db.query, span)
    if (last === undefined) return count
    after = last
  }
}
