import type { Clock } from '#src/platform/clock.ts'

/** Clock rates of any two machines differ by at most this much: 1000 parts per million. */
const drift = 0.001

/** The maximum delay of a clock reading, at each hop that takes one. */
const granuleMs = 2

/** If the two clocks drift further apart than this, the machine was probably suspended. */
const suspendToleranceMs = 100

/**
 * How long a revoker must wait, on its own clock and from the reply to its commit, until a lease of `leaseMs`
 * renewed before the commit has ended on any clock within the drift.
 */
export function waitOutMs(leaseMs: number): number {
  return (leaseMs * (1 + drift)) / (1 - drift) + 2 * granuleMs
}

/** A lease is renewed four times before it ends, so that a single lost reply does not matter. */
export function renewEveryMs(leaseMs: number): number {
  return leaseMs / 4
}

/**
 * A lease from the leaseholder's point of view: counted from before the request was sent, on a clock that may
 * stop while the machine is suspended.
 */
export type Lease = { readonly endsAt: number; readonly wallAhead: number }

/** Both clocks, read together. */
export type Reading = { readonly monotonic: number; readonly now: number }

const maxGapMs = 5
const maxReadings = 4

/**
 * Reads both clocks in one moment. If we are preempted between the two reads they disagree, which looks like
 * a suspension, or hides one if it happens at the start of a lease. Then read again.
 */
export function readBoth(clock: Pick<Clock, 'now' | 'monotonic'>): Reading {
  for (let readings = 1; ; readings++) {
    const before = clock.monotonic()
    const now = clock.now()
    const monotonic = clock.monotonic()
    if (monotonic - before <= maxGapMs || readings === maxReadings) return { monotonic, now }
  }
}

export function leaseFrom(sent: Reading, leaseMs: number): Lease {
  return { endsAt: sent.monotonic + leaseMs, wallAhead: sent.now - sent.monotonic }
}

/**
 * Whether the lease holds at this reading, which must be taken inside the judged call. A wall clock that was
 * set back ends it too: the step could hide a suspension.
 */
export function holds(lease: Lease, { monotonic, now }: Reading): boolean {
  return monotonic < lease.endsAt && Math.abs(now - monotonic - lease.wallAhead) <= suspendToleranceMs
}
