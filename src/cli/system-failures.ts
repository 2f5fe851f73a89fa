import { join } from 'node:path'
import { exits, failure, type Output } from '#src/cli/command.ts'
import { awayFailure, postgresFailure } from '#src/cli/database-failures.ts'
import { causesOf, codeOf } from '#src/cli/system-errors.ts'
import type { Settings } from '#src/settings/settings.ts'

/** The settings that messages may mention. */
export type Setup = Pick<Settings, 'host' | 'port' | 'dataDir' | 'databaseUrl'>

/** Explains an error of the operating system, of SQLite or of PostgreSQL by the setting behind it. */
export function systemFailure(error: unknown, setup: Setup): Output | undefined {
  return (
    listenFailure(error, setup) ??
    fileFailure(error, setup) ??
    sqliteFailure(error, setup) ??
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
  const details = `${why} (${code}: ${String(error.path)})`
  const isFile = code === 'EEXIST' || code === 'ENOTDIR'
  return isFile ? fileInTheWay(dataDir, details) : dataFolderFailure(dataDir, details)
}

function fileInTheWay(dataDir: string, why: string): Output {
  return failed(
    'data_folder',
    `The data folder ${dataDir} cannot be used: ${why}.`,
    'Move that file away, or set SIGIL_DATA_DIR to another folder.',
  )
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
  const files = 'sigil.db, or sigil.db-wal and sigil.db-shm next to it'
  return isForbidden ? dataFolderFailure(dataDir, `this user may not read or write ${files}`) : undefined
}

function failed(code: string, ...lines: string[]): Output {
  return failure(exits.failed, code, lines)
}

function configuration(code: string, ...lines: string[]): Output {
  return failure(exits.configuration, code, lines)
}
