import { type DestinationStream, pino, stdTimeFunctions } from 'pino'
import { withoutSecrets, withoutSecretText } from '#src/telemetry/redaction.ts'

export type LogFields = Readonly<Record<string, unknown>>
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal'

/** Where the program says what happened: facts as fields, and one sentence that is the same each time. */
export type Log = {
  readonly [Level in LogLevel]: (fields: LogFields, message: string) => void
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {}, fatal() {} }

/** JSON for collectors; colours for a developer at a terminal. */
export async function openLog(how: { level: LogLevel; mode: 'development' | 'production' }): Promise<Log> {
  const isWatched = how.mode === 'development' && process.stdout.isTTY
  return openLogTo(isWatched ? await terminal() : pino.destination(1), how.level)
}

/** A log that writes each line, a JSON object and a newline, to the given stream. */
export function openLogTo(stream: DestinationStream, level: LogLevel): Log {
  const options = {
    level,
    // Whoever collects the lines knows the machine and the process.
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  const lines = pino(options, stream)
  const write = (at: LogLevel) => (fields: LogFields, message: string) => {
    // Nobody pays for cleaning what is not written.
    if (lines.isLevelEnabled(at)) lines[at](withoutSecrets(fields), withoutSecretText(message))
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
  return build({ translateTime: 'SYS:HH:MM:ss.l', destination: 1, sync: true })
}
