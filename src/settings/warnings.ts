import { isLoopback } from '#src/platform/addresses.ts'
import { readDatabaseUrl } from '#src/settings/database-url.ts'
import type { Mode } from '#src/settings/setting-row.ts'
import type { Settings } from '#src/settings/settings.ts'

/** A valid setting that is rarely intended in production. */
export type SettingWarning = { readonly check: string; readonly message: string; readonly advice: string }

export function settingWarnings(settings: Settings, mode: Mode): SettingWarning[] {
  const warnings: SettingWarning[] = []
  const host = openHost(settings.databaseUrl)
  if (host !== undefined) {
    warnings.push({
      check: 'database tls',
      message: `The connection to PostgreSQL at ${host} is not encrypted.`,
      advice: 'Add sslmode=verify-full to SIGIL_DATABASE_URL.',
    })
  }
  if (settings.rateLimits === 'off' && mode === 'production') {
    warnings.push({
      check: 'rate limits',
      message: 'SIGIL_RATE_LIMITS is off: passwords can be guessed without limit.',
      advice: 'Remove it, unless this is a load test.',
    })
  }
  return warnings
}

/** The host of a database on another machine that is reached without TLS. */
function openHost(databaseUrl: string | undefined): string | undefined {
  const read = databaseUrl === undefined ? undefined : readDatabaseUrl(databaseUrl)
  if (read?.kind !== 'ok') return undefined
  const { servers, parameters } = read.target
  const open = servers.map(({ host = 'localhost' }) => host).find((host) => !isLocal(host))
  const tlsParameters = ['sslmode', 'ssl', 'sslrootcert', 'sslcert', 'sslkey']
  const [mode, ssl] = [parameters.get('sslmode'), parameters.get('ssl')]
  const isOff = mode === 'disable' || ssl === 'false' || ssl === '0'
  const isUnset = tlsParameters.every((name) => !parameters.has(name))
  return isOff || isUnset ? open : undefined
}

function isLocal(host: string): boolean {
  return host.startsWith('/') || host === 'localhost' || isLoopback(host)
}
