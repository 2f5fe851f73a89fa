import type { Clock } from './clock.ts'

/**
 * The wall clock may run so far ahead of the monotonic one before the machine is taken to have been
 * suspended.
 */
const suspendToleranceMs = 100

/** Both clocks, read for one question. */
export type Reading = { readonly monotonic: number; readonly now: number }

const heldUpMs = 5
const maxReadings = 4

/**
 * Reads both clocks in one moment. Who is held up between the two would find the one to be ahead: in a
 * question that looks like a suspension, at the start of a lease it would hide one. So it looks again.
 */
export function readBoth(clock: Pick<Clock, 'now' | 'monotonic'>): Reading {
  for (let readings = 1; ; readings++) {
    const before = clock.monotonic()
    const now = clock.now()
    const monotonic = clock.monotonic()
    if (monotonic - before <= heldUpMs || readings === maxReadings) return { monotonic, now }
  }
}

/**
 * Until when tokens may be judged without asking, on a clock that may stop while the machine is suspended.
 */
export type Lease = { readonly since: number; readonly endsAt: number; readonly wallAhead: number }

/** Counted from before the poll was sent, because the server counts it from before it answered. */
export function leaseFrom(asked: Reading, leaseMs: number): Lease {
  return {
    since: asked.monotonic,
    endsAt: asked.monotonic + leaseMs,
    wallAhead: asked.now - asked.monotonic,
  }
}

/**
 * The monotonic clock stops while a machine is suspended, and the wall clock does not. A wall clock that was
 * set back counts too: the step could hide a suspension.
 */
export function wasSuspended(lease: Lease, { monotonic, now }: Reading): boolean {
  return Math.abs(now - monotonic - lease.wallAhead) > suspendToleranceMs
}
