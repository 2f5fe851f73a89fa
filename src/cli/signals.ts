import { constants } from 'node:os'
import type { Log } from '#src/telemetry/log.ts'

/** Resolves at the first SIGINT or SIGTERM. A second one ends the process without waiting for requests. */
export function untilSignalled(log: Log): Promise<void> {
  return new Promise((resolve) => {
    let isStopping = false
    const stop = (signal: 'SIGINT' | 'SIGTERM') => {
      if (isStopping) process.exit(128 + constants.signals[signal])
      isStopping = true
      log.info({ signal }, 'Stopping after the requests in flight; send another signal to stop at once')
      resolve()
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
  })
}
