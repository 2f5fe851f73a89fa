import { silentLog } from '#src/telemetry/log.ts'

/** The settings of a start that fails, with a password that no message may show. */
export const settings = {
  host: '127.0.0.1',
  port: 8000,
  dataDir: '/var/lib/sigil',
  databaseUrl: 'postgres://sigil:hunter2@db.example.org/sigil',
}
export const about = { log: silentLog, settings }
