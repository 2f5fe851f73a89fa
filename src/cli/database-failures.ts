import { exits, failure, type Output } from '#src/cli/command.ts'
import { causesOf, codeOf } from '#src/cli/system-errors.ts'
import type { FailureCode } from '#src/platform/operator-error.ts'
import { type DatabaseServer, readDatabaseUrl } from '#src/settings/database-url.ts'
import { DatabaseAway, NoServer, ReadOnlyDatabase } from '#src/store/db.ts'
import { withoutSecretText } from '#src/telemetry/redaction.ts'

/** Explains why PostgreSQL does not accept a connection, by the setting behind it. */
export function postgresFailure(error: unknown, databaseUrl: string | undefined): Output | undefined {
  if (databaseUrl === undefined) return undefined
  const location = locationOf(databaseUrl) ?? 'its address'
  return (
    rejection(error) ??
    privilegeFailure(error) ??
    passwordFailure(error) ??
    tlsFailure(error, location) ??
    fullFailure(error, location)
  )
}

/** Whether another attempt will fail for the same reason. */
export function isPermanent(error: unknown, databaseUrl: string | undefined): boolean {
  const failure = serversFailure(error, databaseUrl) ?? postgresFailure(error, databaseUrl)
  return failure?.exit === exits.configuration
}

/** Where the URL names several servers: one line for each, with its own cause. */
export function serversFailure(error: unknown, databaseUrl: string | undefined): Output | undefined {
  const none = causesOf(error).find((one) => one instanceof NoServer)
  if (none === undefined) return undefined
  const permanent = none.failures.flatMap((one) => postgresFailure(one.error, databaseUrl) ?? [])
  const isConfiguration =
    permanent.length === none.failures.length && permanent.every(({ exit }) => exit === exits.configuration)
  const [, ...advice] = permanent[0]?.lines ?? []
  return failed(
    isConfiguration ? 'database_refused' : 'database_away',
    'None of the PostgreSQL servers in SIGIL_DATABASE_URL can be used:',
    ...causesByServer(none).map((line) => `  ${line}`),
    ...(advice.length > 0
      ? advice
      : ['Check that one is running and accepts writes, and its host and port.']),
  )
}

function causesByServer({ failures }: NoServer): string[] {
  return failures.map(
    ({ server, error }) => `${locationOfServer(server)}: ${withoutSecretText(rootCauseOf(error))}`,
  )
}

/**
 * https://www.postgresql.org/docs/current/errcodes-appendix.html: class 28 is about the user and password,
 * 3D000 about the database.
 */
const rejectionCodes = /^(28...|3D000)$/
const privilegeCode = '42501'
const readOnlyCode = '25006'

function rejection(error: unknown): Output | undefined {
  const cause = causesOf(error).find((one) => rejectionCodes.test(codeOf(one) ?? ''))
  if (!cause) return undefined
  // As in "no pg_hba.conf entry for host ..., no encryption", which is about TLS.
  const needsTls = /no encryption|SSL off/.test(cause.message)
  return failed(
    'database_refused',
    `PostgreSQL rejects the connection: ${withoutSecretText(cause.message)}.`,
    needsTls
      ? 'It may accept encrypted connections only: add sslmode=verify-full to SIGIL_DATABASE_URL.'
      : 'Check the user, the password and the database in SIGIL_DATABASE_URL.',
  )
}

function privilegeFailure(error: unknown): Output | undefined {
  const cause = causesOf(error).find((one) => codeOf(one) === privilegeCode)
  if (!cause) return undefined
  return failed(
    'database_privileges',
    `The user in SIGIL_DATABASE_URL lacks a privilege: ${withoutSecretText(cause.message)}.`,
    'Make it the owner of the database and of its tables: alter database NAME owner to USER;',
  )
}

function passwordFailure(error: unknown): Output | undefined {
  const needsPassword = causesOf(error).some(({ message }) =>
    /password must be a (?:non-empty )?string/.test(message),
  )
  if (!needsPassword) return undefined
  return failed(
    'database_refused',
    'PostgreSQL asks for a password, and SIGIL_DATABASE_URL has none.',
    'Add it: postgres://USER:PASSWORD@HOST:5432/DATABASE.',
  )
}

const tlsCodes = /CERT|SELF_SIGNED|UNABLE_TO_|^ERR_(?:TLS|SSL|OSSL)|EPROTO/

function tlsFailure(error: unknown, location: string): Output | undefined {
  const causes = causesOf(error)
  if (causes.some(({ message }) => message.includes('does not support SSL'))) {
    return failed(
      'database_tls',
      `PostgreSQL at ${location} does not offer TLS, which SIGIL_DATABASE_URL requires.`,
      'Enable it there (ssl = on), or use sslmode=disable if nobody else can read that network.',
    )
  }
  const cause = causes.find((one) => tlsCodes.test(codeOf(one) ?? ''))
  if (!cause) return undefined
  // Node appends advice about a flag of its own.
  const why = withoutSecretText(cause.message).split('; if the root CA')[0]
  return failed(
    'database_tls',
    `The TLS connection to PostgreSQL at ${location} fails: ${why} (${codeOf(cause)}).`,
    'In SIGIL_DATABASE_URL, sslrootcert=FILE (or system) names the certificate authority, ' +
      'sslcert=FILE and sslkey=FILE name your own; the host must be a name in that certificate.',
  )
}

function fullFailure(error: unknown, location: string): Output | undefined {
  if (!causesOf(error).some((one) => codeOf(one) === '53300')) return undefined
  return failure('database_full', [
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
    return failure('database_away', [
      `The database in ${dataDir} fails: ${why}.`,
      'Check whether the disk is full or failing, or the file system read-only.',
    ])
  }
  if (isReadOnly(error)) {
    return failure('database_away', [
      `PostgreSQL at ${location} accepts no writes: ${why}.`,
      'If it is a standby, name the primary in SIGIL_DATABASE_URL; otherwise set ' +
        'default_transaction_read_only to off.',
    ])
  }
  // Only an error of the server itself has a severity: it was reached.
  if (causesOf(error).some((one) => 'severity' in one)) {
    return failure('database_away', [
      `PostgreSQL at ${location} cannot be used: ${why}.`,
      'Its log has the details. SIGIL_DATABASE_URL names this server.',
    ])
  }
  return failure('database_away', [
    `PostgreSQL at ${location} cannot be reached: ${why}.`,
    'Check that it is running and that SIGIL_DATABASE_URL has the right host and port.',
  ])
}

function isReadOnly(error: unknown): boolean {
  return causesOf(error).some((one) => codeOf(one) === readOnlyCode || one instanceof ReadOnlyDatabase)
}

/** The innermost cause: what the network reported, for every address of the name. */
export function rootCauseOf(error: unknown): string {
  const causes = causesOf(error)
  const none = causes.find((one) => one instanceof NoServer)
  if (none) return causesByServer(none).join('; ')
  // After its time limit the driver closes the connection; the innermost cause is that closing.
  if (causes.some(({ message }) => message.includes('due to connection timeout')))
    return 'the connection timed out'
  const cause = causes.at(-1)
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
  return read.target.servers.map(locationOfServer).join(' and ')
}

function locationOfServer({ host = 'localhost', port = 5432 }: DatabaseServer): string {
  return host.startsWith('/') ? `the socket ${host}/.s.PGSQL.${port}` : `${host}:${port}`
}

function failed(code: FailureCode, ...lines: string[]): Output {
  return failure(code, lines)
}
