import { join } from 'node:path'
import { failure, type Output } from '#src/cli/command.ts'
import { awayFailure, postgresFailure, serversFailure } from '#src/cli/database-failures.ts'
import { causesOf, codeOf } from '#src/cli/system-errors.ts'
import type { FailureCode } from '#src/platform/operator-error.ts'
import type { Settings } from '#src/settings/settings.ts'

/** The settings that messages may mention. */
export type Setup = Pick<Settings, 'host' | 'port' | 'dataDir' | 'databaseUrl'>

/** Explains an error of the operating system, of SQLite or of PostgreSQL by the setting behind it. */
export function systemFailure(error: unknown, setup: Setup): Output | undefined {
  return (
    listenFailure(error, setup) ??
    fileFailure(error, setup) ??
    sqliteFailure(error, setup) ??
    serversFailure(error, setup.databaseUrl) ??
    postgresFailure(error, setup.databaseUrl) ??
    awayFailure(error, setup)
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
  return failed(
    'bad_host',
    `SIGIL_HOST is ${host}, where this machine cannot listen (${code}).`,
    'Set it to an address of this machine, or to 0.0.0.0 for all of them.',
  )
}

type FileError = { readonly why: string; readonly advice: string }

const forbidden = {
  why: 'this user may not read or write it',
  advice: `Let uid ${process.getuid?.() ?? '?'} write there`,
}
const full = { why: 'the disk is full', advice: 'Free some space there' }
const inTheWay = 'Move that file away'

const fileErrors: Readonly<Record<string, FileError>> = {
  EACCES: forbidden,
  EPERM: forbidden,
  EROFS: { why: 'the file system is read-only', advice: 'Mount it for writing' },
  ENOSPC: full,
  EDQUOT: { why: 'the disk quota is used up', advice: 'Free some space there, or raise the quota' },
  ENOTDIR: { why: 'a part of its path is a file', advice: inTheWay },
  EEXIST: { why: 'there is a file where the folder should be', advice: inTheWay },
  ENOENT: { why: 'it does not exist and cannot be created', advice: forbidden.advice },
}

function fileFailure(error: unknown, { dataDir }: Setup): Output | undefined {
  const code = codeOf(error)
  const known = code === undefined ? undefined : fileErrors[code]
  if (known === undefined || !(error instanceof Error && 'path' in error)) return undefined
  return dataFolderFailure(dataDir, { ...known, why: `${known.why} (${code}: ${String(error.path)})` })
}

function dataFolderFailure(dataDir: string, { why, advice }: FileError): Output {
  return failed(
    'data_folder',
    `The data folder ${dataDir} cannot be used: ${why}.`,
    `${advice}, or set SIGIL_DATA_DIR to another folder.`,
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
  if (codes.includes(sqliteCodes.full)) return dataFolderFailure(dataDir, full)
  const isForbidden = codes.includes(sqliteCodes.readOnly) || codes.includes(sqliteCodes.cannotOpen)
  const files = 'sigil.db, or sigil.db-wal and sigil.db-shm next to it'
  const why = `this user may not read or write ${files}`
  return isForbidden ? dataFolderFailure(dataDir, { ...forbidden, why }) : undefined
}

function failed(code: FailureCode, ...lines: string[]): Output {
  return failure(code, lines)
}
