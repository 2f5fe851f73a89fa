import type { Report } from '#src/cli/command.ts'
import type { Clock } from '#src/platform/clock.ts'

const everyMs = 200
/** Before that, a rate is not meaningful. */
const minMs = 1000

/** Reports how much of a long command is done, its rate and, where the total is known, the time left. */
export function pace(clock: Clock, what: string, report: Report): (done: number, total?: number) => void {
  const startedAt = clock.monotonic()
  let reportedAt = startedAt
  return (done, total) => {
    const now = clock.monotonic()
    if (now - reportedAt < everyMs) return
    reportedAt = now
    report(paceText({ what, done, total, ms: now - startedAt }))
  }
}

type Pace = {
  readonly what: string
  readonly done: number
  readonly total: number | undefined
  readonly ms: number
}

export function paceText({ what, done, total, ms }: Pace): string {
  const of = total === undefined ? '' : ` of ${grouped(total)}`
  const amount = `${grouped(done)}${of} ${what}`
  if (ms < minMs || done === 0) return amount
  const perMs = done / ms
  const paced = `${amount}, ${grouped(Math.round(perMs * 1000))} per second`
  return total === undefined ? paced : `${paced}, ${durationText((total - done) / perMs)} left`
}

function grouped(count: number): string {
  return count.toLocaleString('en-US')
}

function durationText(ms: number): string {
  const seconds = Math.ceil(Math.max(0, ms) / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 60
    ? `${minutes} min ${seconds % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
