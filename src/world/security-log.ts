import type { LogFields } from '#src/telemetry/log.ts'
import { perWorld } from '#src/world/world.ts'

/** The burst and the rate of lines of one kind: a flood of attempts must not fill the disk. */
const burst = 100
const perSecond = 10

type Bucket = { room: number; at: number; suppressed: number }

/**
 * Logs events for operators and tools such as fail2ban: failed sign-ins and rejected requests. Beyond its
 * rate, lines of a kind are counted, and the next line carries their number.
 */
export const securityLog = perWorld(({ log, clock }) => {
  const buckets = new Map<string, Bucket>()
  return (level: 'info' | 'warn', fields: LogFields, message: string): void => {
    const now = clock.monotonic()
    const bucket = buckets.get(message) ?? { room: burst, at: now, suppressed: 0 }
    buckets.set(message, bucket)
    bucket.room = Math.min(burst, bucket.room + ((now - bucket.at) / 1000) * perSecond)
    bucket.at = now
    if (bucket.room < 1) {
      bucket.suppressed++
      return
    }
    bucket.room--
    const { suppressed } = bucket
    bucket.suppressed = 0
    log[level]({ ...fields, ...(suppressed > 0 ? { suppressed } : {}) }, message)
  }
})
