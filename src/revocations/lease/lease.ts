import type { Clock } from '#src/platform/clock.ts'

/** Clock rates of any two machines differ by at most this much: 1000 parts per million. */
const drift = 0.001

/** What a clock's reading may lag behind, at each hop that reads one. */
const granuleMs = 2

/**
 * The wall clock may run so far ahead of the monotonic one before we believe that the machine was suspended.
 */
const suspendToleranceMs = 100

/**
 * How long, on the revoker's clock from the commit's answer, until a lease of `leaseMs` that was renewed
 * before the commit has ended on any clock that keeps to the drift.
 */
export function waitOutMs(leaseMs: number): number {
  return (leaseMs * (1 + drift)) / (1 - drift) + 2 * granuleMs
}

/** A lease is renewed four times in its life, so that one lost answer harms nobody. */
export function renewEveryMs(leaseMs: number): number {
  return leaseMs / 4
}

/**
 * A lease as its holder counts it: from before the question was sent, on a clock that may stop when
 * suspended.
 */
export type Lease = { readonly endsAt: number; readonly wallAhead: number }

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

export function leaseFrom(asked: Reading, leaseMs: number): Lease {
  return { endsAt: asked.monotonic + leaseMs, wallAhead: asked.now - asked.monotonic }
}

/** Whether the lease holds at these readings; both clocks must be read for this very question. */
export function holds(lease: Lease, { monotonic, now }: Reading): boolean {
  return monotonic < lease.endsAt && now - monotonic - lease.wallAhead <= suspendToleranceMs
}
