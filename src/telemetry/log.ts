import { type DestinationStream, pino, stdTimeFunctions } from 'pino'
import { withoutSecrets, withoutSecretText } from '#src/telemetry/redaction.ts'
import { currentTrace } from '#src/telemetry/trace.ts'

export type LogFields = Readonly<Record<string, unknown>>
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal'

/** The log of the program. Details are fields; the message is constant, so that it can be searched for. */
export type Log = {
  readonly [Level in LogLevel]: (fields: LogFields, message: string) => void
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {}, fatal() {} }

/** Writes JSON lines, or coloured text for a developer at a terminal. */
export async function openLog(how: { level: LogLevel; mode: 'development' | 'production' }): Promise<Log> {
  const isTerminal = how.mode === 'development' && process.stdout.isTTY
  return openLogTo(isTerminal ? await terminal() : pino.destination(1), how.level)
}

/**
 * A log that writes each line, a JSON object and a newline, to the given stream. Lines that belong to a
 * request with a trace have its id.
 */
export function openLogTo(stream: DestinationStream, level: LogLevel): Log {
  const options = {
    level,
    // The log collector adds the host and the process.
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  const lines = pino(options, stream)
  const write = (at: LogLevel) => (fields: LogFields, message: string) => {
    // Lines below the level cost nothing.
    if (!lines.isLevelEnabled(at)) return
    const traceId = currentTrace()?.traceId
    const all = traceId === undefined ? fields : { ...fields, trace_id: traceId }
    lines[at](withoutSecrets(all), withoutSecretText(message))
  }
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    fatal: write('fatal'),
  }
}

async function terminal(): Promise<DestinationStream> {
  const { build } = await import('pino-pretty')
  return build({ translateTime: 'SYS:HH:MM:ss.l', destination: 1, sync: true, singleLine: true })
}
