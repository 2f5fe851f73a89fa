import type { Report } from '#src/cli/command.ts'
import type { Clock } from '#src/platform/clock.ts'

const everyMs = 200

/** Drops reports that follow another too quickly to be read. */
export function atIntervals(clock: Clock, report: Report): Report {
  let reportedAt = clock.monotonic()
  return (progress) => {
    if (clock.monotonic() - reportedAt < everyMs) return
    reportedAt = clock.monotonic()
    report(progress)
  }
}

export type TerminalProgress = { readonly report: Report; clear(): void }

/** Shows progress in one line of the terminal. Without a terminal it shows nothing. */
export function terminalProgress(stream: NodeJS.WriteStream = process.stderr): TerminalProgress {
  let isShown = false
  const show = (text: string) => stream.write(`\r\u001B[K${text}`)
  return {
    report(progress) {
      if (!stream.isTTY) return
      isShown = true
      show(progress)
    },
    clear() {
      if (isShown) show('')
      isShown = false
    },
  }
}
