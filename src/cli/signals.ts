import { constants } from 'node:os'
import type { Log } from '#src/telemetry/log.ts'

/**
 * Resolves at the first signal that asks the process to end. At the second one it ends at once: whoever sends
 * it does not want to wait for calls in flight.
 */
export function untilSignalled(log: Log): Promise<void> {
  return new Promise((resolve) => {
    let isAsked = false
    const hear = (signal: 'SIGINT' | 'SIGTERM') => {
      if (isAsked) process.exit(128 + constants.signals[signal])
      isAsked = true
      log.info({ signal }, 'Stopping: calls in flight may end. Another signal stops at once')
      resolve()
    }
    process.on('SIGINT', hear)
    process.on('SIGTERM', hear)
  })
}
