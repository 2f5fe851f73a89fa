import { randomBytes } from 'node:crypto'
import type { Clock } from '../sdk/verify/src/clock.ts'

/** The number of entries that 25 logouts per second cause until they are dropped. */
export const revokedIds = Array.from({ length: 100_000 }, () => randomBytes(16).toString('base64url'))

// On a busy machine a process may be preempted between its readings of the two clocks, which looks like a
// suspension, and the lease is dropped. Here that would end the measurement, so one clock follows the other.
const startedAt = Date.now() - performance.now()
let lastRead = performance.now()
const readings = { wall: 0 }
export const clock: Clock = {
  now() {
    // Still read, because reading it has a cost.
    readings.wall = Date.now()
    return startedAt + lastRead
  },
  monotonic() {
    lastRead = performance.now()
    return lastRead
  },
  after(ms, act) {
    const timer = setTimeout(act, ms)
    return () => clearTimeout(timer)
  },
}

/**
 * A hit in a `Map`, the age of the key by both clocks, the expiry, three lookups, and the checks for a
 * suspension and the lease.
 */
export function inlinedOf(tokens: readonly string[]): (text: string) => object {
  const key = {}
  const began = { monotonic: clock.monotonic(), now: clock.now() }
  const keys = new Map([['one', key]])
  const dead = new Map(revokedIds.map((key) => [key, began.now + 3_600_000]))
  const seen = new Map(tokens.map((token, number) => [token, knownOf(number)]))
  const lease = { endsAt: began.monotonic + 600_000, wallAhead: began.now - began.monotonic }
  function knownOf(number: number) {
    const revocationIds = [`signature${number}`, `session${number}`, 'one']
    return {
      kid: 'one',
      key,
      revocationIds,
      notBefore: began.now,
      issuedAt: began.now,
      expiresAt: began.now + 900_000,
    }
  }
  return (text) => {
    const hit = seen.get(text)
    const ageMs = Math.max(clock.monotonic() - began.monotonic, clock.now() - began.now)
    if (!hit || ageMs > 3_600_000 || keys.get(hit.kid) !== hit.key) throw new Error()
    const now = clock.now()
    if (hit.expiresAt <= now || hit.notBefore > now + 300_000 || hit.issuedAt < 0) throw new Error()
    for (const id of hit.revocationIds) if (dead.has(id)) throw new Error()
    const monotonic = clock.monotonic()
    if (clock.now() - monotonic - lease.wallAhead > 100 || monotonic >= lease.endsAt) throw new Error()
    return hit
  }
}
