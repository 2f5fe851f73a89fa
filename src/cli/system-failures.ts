import { join } from 'node:path'
import { exits, failure, type Output } from '#src/cli/command.ts'
import { causesOf, codeOf } from '#src/cli/system-errors.ts'
import type { Settings } from '#src/settings/settings.ts'
import { DatabaseAway } from '#src/store/db.ts'
import { withoutSecretText } from '#src/telemetry/redaction.ts'

/** The settings that a message may have to name. */
export type Setup = Pick<Settings, 'host' | 'port' | 'dataDir' | 'databaseUrl'>

/** Explains an error of the operating system, of SQLite or of PostgreSQL by the setting behind it. */
export function systemFailure(error: unknown, setup: Setup): Output | undefined {
  return (
    listenFailure(error, setup) ??
    fileFailure(error, setup) ??
    sqliteFailure(error, setup) ??
    postgresFailure(error) ??
    databaseAwayFailure(error, setup)
  )
}

const listenCalls = /^(listen|bind|getaddrinfo)$/

function listenFailure(error: unknown, { host, port }: Setup): Output | undefined {
  if (!(error instanceof Error && 'syscall' in error)) return undefined
  if (!listenCalls.test(String(error.syscall))) return undefined
  const code = codeOf(error)
  if (code === 'EADDRINUSE') {
    return failed(
      'port_taken',
      `Port ${port} on ${host} is taken by another program (EADDRINUSE).`,
      `Stop it (\`ss -ltnp 'sport = :${port}'\` shows which it is), or set SIGIL_PORT to another port.`,
    )
  }
  if (code === 'EACCES') {
    return failed(
      'port_forbidden',
      `This user may not listen on port ${port} (EACCES). Set SIGIL_PORT to a port above 1023.`,
    )
  }
  return configuration(
    'bad_host',
    `SIGIL_HOST is ${host}, where this machine cannot listen (${code}).`,
    'Set it to an address of this machine, or to 0.0.0.0 for all of them.',
  )
}

const fileErrors: Readonly<Record<string, string>> = {
  EACCES: 'this user may not read or write it',
  EPERM: 'this user may not read or write it',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'a part of its path is a file',
  EEXIST: 'there is a file where the folder should be',
  ENOENT: 'it does not exist and cannot be created',
}

function fileFailure(error: unknown, { dataDir }: Setup): Output | undefined {
  const code = codeOf(error)
  const why = code === undefined ? undefined : fileErrors[code]
  if (why === undefined || !(error instanceof Error && 'path' in error)) return undefined
  return dataFolderFailure(dataDir, `${why} (${code}: ${String(error.path)})`)
}

function dataFolderFailure(dataDir: string, why: string): Output {
  return failed(
    'data_folder',
    `The data folder ${dataDir} cannot be used: ${why}.`,
    `Let uid ${process.getuid?.() ?? '?'} write there, or set SIGIL_DATA_DIR to another folder.`,
  )
}

/** https://sqlite.org/rescode.html */
const sqliteCodes = { readOnly: 8, full: 13, cannotOpen: 14, corrupt: 11, notADatabase: 26 }

function sqliteFailure(error: unknown, { dataDir }: Setup): Output | undefined {
  const codes = causesOf(error).map((cause) => ('errcode' in cause ? Number(cause.errcode) & 0xff : 0))
  if (codes.includes(sqliteCodes.notADatabase) || codes.includes(sqliteCodes.corrupt)) {
    const file = join(dataDir, 'sigil.db')
    return failed('database_damaged', `${file} is damaged, or is not a database. Restore a backup.`)
  }
  if (codes.includes(sqliteCodes.full)) return dataFolderFailure(dataDir, 'the disk is full')
  const isForbidden = codes.includes(sqliteCodes.readOnly) || codes.includes(sqliteCodes.cannotOpen)
  const files = 'sigil.db, or sigil.db-wal and sigil.db-shm beside it'
  return isForbidden ? dataFolderFailure(dataDir, `this user may not read or write ${files}`) : undefined
}

/**
 * https://www.postgresql.org/docs/current/errcodes-appendix.html: class 28 is about the user and password,
 * 3D000 about the database, 42501 about privileges.
 */
const postgresCodes = /^(28...|3D000|42501)$/

function postgresFailure(error: unknown): Output | undefined {
  const cause = causesOf(error).find((one) => postgresCodes.test(codeOf(one) ?? ''))
  if (!cause) return undefined
  return configuration(
    'database_refused',
    `PostgreSQL rejects the connection: ${withoutSecretText(cause.message)}.`,
    'Check the user, the password and the database in SIGIL_DATABASE_URL.',
  )
}

function databaseAwayFailure(error: unknown, { dataDir, databaseUrl }: Setup): Output | undefined {
  if (!(error instanceof DatabaseAway)) return undefined
  const why = withoutSecretText(rootCauseOf(error))
  const location = locationOf(databaseUrl)
  if (location === undefined) {
    return failed(
      'database_away',
      `The database in ${dataDir} fails: ${why}.`,
      'Check whether the disk is full or failing, or the file system read-only.',
    )
  }
  return failed(
    'database_away',
    `PostgreSQL at ${location} cannot be reached: ${why}.`,
    'Check that it is running and that SIGIL_DATABASE_URL has the right host and port.',
  )
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
  const url = URL.parse(databaseUrl)
  return url ? `${url.hostname || 'its local socket'}:${url.port || 5432}` : 'its address'
}

function failed(code: string, ...lines: string[]): Output {
  return failure(exits.failed, code, lines)
}

function configuration(code: string, ...lines: string[]): Output {
  return failure(exits.configuration, code, lines)
}
