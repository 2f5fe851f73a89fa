import { type Log, type LogLevel, openLogTo } from '#src/telemetry/log.ts'

/** A log that collects its lines as they would have been written. */
export function capturedLog(level: LogLevel = 'debug'): { log: Log; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = []
  return { log: openLogTo({ write: (line) => lines.push(JSON.parse(line)) }, level), lines }
}
