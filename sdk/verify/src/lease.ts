import type { Clock } from './clock.ts'

/** If the wall clock gets further ahead of the monotonic one than this, the machine was suspended. */
const suspendToleranceMs = 100

/** Both clocks, read together. */
export type Reading = { readonly monotonic: number; readonly now: number }

const preemptedMs = 5
const maxReadings = 4

/**
 * Reads both clocks at one moment. If the process is preempted between the two reads they disagree, which
 * looks like a suspension or hides one. Then it reads again.
 */
export function readBoth(clock: Pick<Clock, 'now' | 'monotonic'>): Reading {
  for (let readings = 1; ; readings++) {
    const before = clock.monotonic()
    const now = clock.now()
    const monotonic = clock.monotonic()
    if (monotonic - before <= preemptedMs || readings === maxReadings) return { monotonic, now }
  }
}

/** Until when tokens may be judged in memory, on a clock that stops while the machine is suspended. */
export type Lease = { readonly since: number; readonly endsAt: number; readonly wallAhead: number }

/** Counted from before the poll was sent, because the server counts it from before its response. */
export function leaseFrom(sentAt: Reading, leaseMs: number): Lease {
  return {
    since: sentAt.monotonic,
    endsAt: sentAt.monotonic + leaseMs,
    wallAhead: sentAt.now - sentAt.monotonic,
  }
}

/**
 * The monotonic clock stops while a machine is suspended, and the wall clock does not. A wall clock that was
 * set back counts too: the step could hide a suspension.
 */
export function wasSuspended(lease: Lease, { monotonic, now }: Reading): boolean {
  return Math.abs(now - monotonic - lease.wallAhead) > suspendToleranceMs
}
