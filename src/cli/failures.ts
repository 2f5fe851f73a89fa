import { join } from 'node:path'
import { z } from 'zod'
import { DatabaseMoved } from '#src/audit/moved.ts'
import { BackupProblem } from '#src/backup/backup-problem.ts'
import { type Exit, exits, failure, type Output } from '#src/cli/command.ts'
import { NoAnswer, NotYours } from '#src/cli/control-client.ts'
import { UnsafeFolder } from '#src/cli/socket-place.ts'
import { causesOf, codeOf } from '#src/cli/system-errors.ts'
import { type ErrorCode, errorCodes } from '#src/errors/error-codes.ts'
import { AppError } from '#src/errors/errors.ts'
import { fieldErrorsIn } from '#src/errors/field-errors.ts'
import { MasterKeyProblem } from '#src/keys/master-key.ts'
import { UnreadableFile } from '#src/platform/lines.ts'
import type { Settings } from '#src/settings/settings.ts'
import { DatabaseAway, DatabaseInUse, NotDurable } from '#src/store/db.ts'
import { NewerSchema } from '#src/store/migrate.ts'
import type { Log } from '#src/telemetry/log.ts'
import { withoutSecretText } from '#src/telemetry/redaction.ts'

type About = {
  readonly log: Log
  readonly settings: Pick<Settings, 'host' | 'port' | 'dataDir' | 'databaseUrl'>
}

/**
 * What somebody at a keyboard is told of whatever was thrown. Only the log gets the stack, and only on
 * request.
 */
export function failureOf(error: unknown, about: About): Output {
  about.log.debug({ error }, 'A command failed')
  for (const explain of explanations) {
    const told = explain(error, about)
    if (told) return told
  }
  about.log.error({ error }, 'A command broke')
  // What follows the first line is a statement or a list, which is no sentence.
  const [said = ''] = withoutSecretText(error instanceof Error ? error.message : String(error)).split('\n')
  return failure(exits.failed, 'internal', [
    `Something broke on our side: ${said}`,
    'Set SIGIL_LOG_LEVEL=debug and run it again to see where.',
  ])
}

type Explain = (error: unknown, about: About) => Output | undefined

const explanations: readonly Explain[] = [
  refused,
  mistyped,
  (error) => (error instanceof MasterKeyProblem ? configuration('master_key', error.message) : undefined),
  (error) => (error instanceof NotDurable ? configuration('not_durable', error.message) : undefined),
  (error) => (error instanceof NewerSchema ? failed('newer_schema', error.message) : undefined),
  (error) => (error instanceof NoAnswer ? failed('no_answer', error.message) : undefined),
  (error) => (error instanceof NotYours ? failed('not_yours', error.message) : undefined),
  (error) => (error instanceof UnsafeFolder ? failed('unsafe_folder', error.message) : undefined),
  (error) => (error instanceof DatabaseMoved ? moved(error) : undefined),
  ofBackup,
  unreadable,
  inUse,
  cannotListen,
  cannotUseFiles,
  damaged,
  refusedByPostgres,
  away,
]

const exitOf: Partial<Record<ErrorCode, Exit>> = {
  invalid_request: exits.usage,
  not_found: exits.notFound,
}

function refused(error: unknown): Output | undefined {
  if (!(error instanceof AppError)) return undefined
  const { errors } = error.details
  const details =
    errors && fieldErrorsIn('en', errors).map(({ pointer, detail }) => `${pointer.slice(1)}: ${detail}`)
  const exit = exitOf[error.code] ?? (error.status === 409 ? exits.conflict : exits.failed)
  return failure(exit, error.code, details ?? [errorCodes[error.code].en])
}

function mistyped(error: unknown): Output | undefined {
  if (!(error instanceof z.ZodError)) return undefined
  const lines = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  return failure(exits.usage, 'usage', lines)
}

function moved({ message }: DatabaseMoved): Output {
  return failure(exits.conflict, 'moved', [message])
}

const exitOfBackup: Partial<Record<BackupProblem['code'], Exit>> = {
  file_exists: exits.conflict,
  not_empty: exits.conflict,
  server_running: exits.conflict,
  nothing_here: exits.notFound,
}

function ofBackup(error: unknown): Output | undefined {
  if (!(error instanceof BackupProblem)) return undefined
  return failure(exitOfBackup[error.code] ?? exits.failed, error.code, [error.message])
}

function unreadable(error: unknown): Output | undefined {
  if (!(error instanceof UnreadableFile)) return undefined
  return error.isMissing
    ? failure(exits.notFound, 'file_missing', [error.message])
    : failed('file_unusable', error.message)
}

function inUse(error: unknown, { settings }: About): Output | undefined {
  if (!(error instanceof DatabaseInUse)) return undefined
  const file = join(settings.dataDir, 'sigil.db')
  return failed(
    'database_in_use',
    `Another process has ${file} open, and only one can.`,
    `Stop that process first: \`fuser ${file}.lock\` tells which it is.`,
    'Several servers can share a database only when it is PostgreSQL: set SIGIL_DATABASE_URL.',
  )
}

/** The name of the system call tells a port that cannot be had from a file that cannot. */
function cannotListen(error: unknown, { settings }: About): Output | undefined {
  const code = codeOf(error)
  if (
    !(
      error instanceof Error &&
      'syscall' in error &&
      /^(listen|bind|getaddrinfo)$/.test(String(error.syscall))
    )
  )
    return undefined
  const { host, port } = settings
  if (code === 'EADDRINUSE') {
    return failed(
      'port_taken',
      `Port ${port} on ${host} is taken by another program (EADDRINUSE).`,
      `Stop that one (\`ss -ltnp 'sport = :${port}'\` tells which it is), or set SIGIL_PORT to another port.`,
    )
  }
  if (code === 'EACCES') {
    return failed(
      'port_forbidden',
      `This user may not listen on port ${port} (EACCES). Choose one above 1023 with SIGIL_PORT.`,
    )
  }
  return configuration(
    'bad_host',
    `SIGIL_HOST is ${host}, where this machine cannot listen (${code}).`,
    'Give one of its own addresses, or 0.0.0.0 for all of them.',
  )
}

const fileFaults: Readonly<Record<string, string>> = {
  EACCES: 'this user may not read or write it',
  EPERM: 'this user may not read or write it',
  EROFS: 'it is on a file system that is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'a part of its path is a file',
  EEXIST: 'there is a file where the folder should be',
  ENOENT: 'it is not there and cannot be made',
}

function cannotUseFiles(error: unknown, { settings }: About): Output | undefined {
  const code = codeOf(error)
  const why = code === undefined ? undefined : fileFaults[code]
  if (why === undefined || !(error instanceof Error && 'path' in error)) return undefined
  return unusable(settings.dataDir, `${why} (${code}: ${String(error.path)})`)
}

function unusable(dataDir: string, why: string): Output {
  return failed(
    'data_folder',
    `The data folder ${dataDir} cannot be used: ${why}.`,
    `Let uid ${process.getuid?.() ?? '?'} write there, or name another folder in SIGIL_DATA_DIR.`,
  )
}

/** https://sqlite.org/rescode.html */
const sqliteCodes = { readOnly: 8, full: 13, cannotOpen: 14, corrupt: 11, notADatabase: 26 }

function damaged(error: unknown, { settings }: About): Output | undefined {
  const { dataDir } = settings
  const codes = causesOf(error).map((cause) => ('errcode' in cause ? Number(cause.errcode) & 0xff : 0))
  if (codes.includes(sqliteCodes.notADatabase) || codes.includes(sqliteCodes.corrupt)) {
    const file = join(dataDir, 'sigil.db')
    return failed('database_damaged', `${file} is damaged, or is no database. Restore a backup of it.`)
  }
  if (codes.includes(sqliteCodes.full)) return unusable(dataDir, 'the disk is full')
  const isShut = codes.includes(sqliteCodes.readOnly) || codes.includes(sqliteCodes.cannotOpen)
  const files = 'sigil.db, or sigil.db-wal and sigil.db-shm beside it'
  return isShut ? unusable(dataDir, `this user may not read or write ${files}`) : undefined
}

/**
 * https://www.postgresql.org/docs/current/errcodes-appendix.html: 28 is about who connects, 3D about where
 * to.
 */
function refusedByPostgres(error: unknown): Output | undefined {
  const cause = causesOf(error).find((one) => /^(28...|3D000|42501)$/.test(codeOf(one) ?? ''))
  if (!cause) return undefined
  return configuration(
    'database_refused',
    `PostgreSQL refuses us: ${withoutSecretText(cause.message)}.`,
    'Check the user, the password and the database named in SIGIL_DATABASE_URL.',
  )
}

function away(error: unknown, { settings }: About): Output | undefined {
  if (!(error instanceof DatabaseAway)) return undefined
  const why = withoutSecretText(reasonOf(error))
  const where = placeOf(settings.databaseUrl)
  if (where === undefined) {
    return failed(
      'database_away',
      `The database in ${settings.dataDir} fails: ${why}.`,
      'Look whether the disk is full or failing, or the file system read-only.',
    )
  }
  return failed(
    'database_away',
    `PostgreSQL at ${where} cannot be reached: ${why}.`,
    'Check that it runs and that SIGIL_DATABASE_URL names the right host and port.',
  )
}

/** The innermost cause is what the network said; several, where a name has several addresses. */
export function reasonOf(error: unknown): string {
  const cause = causesOf(error).at(-1)
  if (cause instanceof AggregateError && cause.message === '') {
    return cause.errors.map((one) => (one instanceof Error ? one.message : String(one))).join('; ')
  }
  return cause?.message ?? 'no reason was given'
}

/** Host and port, and nothing else that is in the URL. */
export function placeOf(databaseUrl: string | undefined): string | undefined {
  if (databaseUrl === undefined) return undefined
  const url = URL.parse(databaseUrl)
  return url ? `${url.hostname || 'its local socket'}:${url.port || 5432}` : 'its address'
}

function failed(code: string, ...lines: string[]): Output {
  return failure(exits.failed, code, lines)
}

function configuration(code: string, ...lines: string[]): Output {
  return failure(exits.configuration, code, lines)
}
