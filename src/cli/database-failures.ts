import { exits, failure, type Output } from '#src/cli/command.ts'
import { causesOf, codeOf } from '#src/cli/system-errors.ts'
import { readDatabaseUrl } from '#src/settings/database-url.ts'
import { DatabaseAway } from '#src/store/db.ts'
import { withoutSecretText } from '#src/telemetry/redaction.ts'

/** Explains why PostgreSQL does not accept a connection, by the setting behind it. */
export function postgresFailure(error: unknown, databaseUrl: string | undefined): Output | undefined {
  if (databaseUrl === undefined) return undefined
  const location = locationOf(databaseUrl) ?? 'its address'
  return (
    rejection(error) ?? passwordFailure(error) ?? tlsFailure(error, location) ?? fullFailure(error, location)
  )
}

/** Whether another attempt will fail for the same reason. */
export function isPermanent(error: unknown, databaseUrl: string | undefined): boolean {
  return postgresFailure(error, databaseUrl)?.exit === exits.configuration
}

/**
 * https://www.postgresql.org/docs/current/errcodes-appendix.html: class 28 is about the user and password,
 * 3D000 about the database, 42501 about privileges.
 */
const rejectionCodes = /^(28...|3D000|42501)$/

function rejection(error: unknown): Output | undefined {
  const cause = causesOf(error).find((one) => rejectionCodes.test(codeOf(one) ?? ''))
  if (!cause) return undefined
  return configuration(
    'database_refused',
    `PostgreSQL rejects the connection: ${withoutSecretText(cause.message)}.`,
    'Check the user, the password and the database in SIGIL_DATABASE_URL.',
  )
}

function passwordFailure(error: unknown): Output | undefined {
  const needsPassword = causesOf(error).some(({ message }) =>
    /password must be a (?:non-empty )?string/.test(message),
  )
  if (!needsPassword) return undefined
  return configuration(
    'database_refused',
    'PostgreSQL asks for a password, and SIGIL_DATABASE_URL has none.',
    'Add it: postgres://USER:PASSWORD@HOST:5432/DATABASE.',
  )
}

const tlsCodes = /CERT|SELF_SIGNED|UNABLE_TO_|^ERR_(?:TLS|SSL|OSSL)|EPROTO/

function tlsFailure(error: unknown, location: string): Output | undefined {
  const causes = causesOf(error)
  if (causes.some(({ message }) => message.includes('does not support SSL'))) {
    return configuration(
      'database_tls',
      `PostgreSQL at ${location} does not offer TLS, which SIGIL_DATABASE_URL requires.`,
      'Enable it there (ssl = on), or use sslmode=disable if nobody else can read that network.',
    )
  }
  const cause = causes.find((one) => tlsCodes.test(codeOf(one) ?? ''))
  if (!cause) return undefined
  // Node appends advice about a flag of its own.
  const why = withoutSecretText(cause.message).split('; if the root CA')[0]
  return configuration(
    'database_tls',
    `The TLS connection to PostgreSQL at ${location} fails: ${why} (${codeOf(cause)}).`,
    'In SIGIL_DATABASE_URL, sslrootcert=FILE (or system) names the certificate authority, ' +
      'sslcert=FILE and sslkey=FILE name your own; the host must be a name in that certificate.',
  )
}

function fullFailure(error: unknown, location: string): Output | undefined {
  if (!causesOf(error).some((one) => codeOf(one) === '53300')) return undefined
  return failure(exits.failed, 'database_connections', [
    `PostgreSQL at ${location} allows no more connections.`,
    'Raise max_connections or the connection limit of the role, or lower SIGIL_DATABASE_CONNECTIONS.',
  ])
}

/** Explains a database that does not respond. */
export function awayFailure(
  error: unknown,
  { dataDir, databaseUrl }: { dataDir: string; databaseUrl: string | undefined },
): Output | undefined {
  if (!(error instanceof DatabaseAway)) return undefined
  const why = withoutSecretText(rootCauseOf(error))
  const location = locationOf(databaseUrl)
  if (location === undefined) {
    return failure(exits.failed, 'database_away', [
      `The database in ${dataDir} fails: ${why}.`,
      'Check whether the disk is full or failing, or the file system read-only.',
    ])
  }
  return failure(exits.failed, 'database_away', [
    `PostgreSQL at ${location} cannot be reached: ${why}.`,
    'Check that it is running and that SIGIL_DATABASE_URL has the right host and port.',
  ])
}

/** The innermost cause: what the network reported, for every address of the name. */
export function rootCauseOf(error: unknown): string {
  const cause = causesOf(error).at(-1)
  if (cause instanceof AggregateError && cause.message === '') {
    return cause.errors.map((one) => (one instanceof Error ? one.message : String(one))).join('; ')
  }
  return cause?.message ?? 'unknown'
}

/** Host and port of the database: nothing else of the URL may be shown. */
export function locationOf(databaseUrl: string | undefined): string | undefined {
  if (databaseUrl === undefined) return undefined
  const read = readDatabaseUrl(databaseUrl)
  if (read.kind === 'problem') return 'its address'
  const places = read.target.servers.map(({ host = 'localhost', port = 5432 }) =>
    host.startsWith('/') ? `the socket ${host}/.s.PGSQL.${port}` : `${host}:${port}`,
  )
  return places.join(' and ')
}

function configuration(code: string, ...lines: string[]): Output {
  return failure(exits.configuration, code, lines)
}
