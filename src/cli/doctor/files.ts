import { type Stats, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Finding, ok, warning, wrong } from '#src/cli/doctor/finding.ts'
import { codeOf } from '#src/cli/system-errors.ts'
import type { Environment, Settings } from '#src/settings/settings.ts'

type Place = Pick<Settings, 'dataDir' | 'databaseUrl'>

/** The files of the data folder that contain secrets. */
const secretFiles = ['master.key', 'sigil.db', 'sigil.db-wal', 'sigil.db-shm']

const minBytes = 100 * 2 ** 20
const lowBytes = 2 ** 30

export function examineFiles({ dataDir, databaseUrl }: Place, env: Environment): Finding[] {
  return [
    folderFinding(dataDir),
    ...(typeof statOf(dataDir) === 'string' ? [] : [secretsFinding(dataDir)]),
    ...settingFiles(env),
    // The disk space of PostgreSQL cannot be checked from here.
    ...(databaseUrl === undefined ? [diskFinding(nearestFolder(dataDir))] : []),
  ]
}

function folderFinding(dataDir: string): Finding {
  const check = 'data folder'
  const stats = statOf(dataDir)
  if (typeof stats === 'string') {
    if (stats === 'ENOENT')
      return warning(
        check,
        `${dataDir} does not exist.`,
        'The first start creates it; otherwise set SIGIL_DATA_DIR.',
      )
    return wrong(
      check,
      `${dataDir} cannot be read (${stats}).`,
      'Let this user read it, or set SIGIL_DATA_DIR.',
    )
  }
  if (!stats.isDirectory())
    return wrong(check, `${dataDir} is not a folder.`, 'Set SIGIL_DATA_DIR to a folder.')
  const mode = modeOf(stats)
  const fix = `chmod 700 ${dataDir}`
  const me = process.getuid?.()
  if (me !== undefined && me !== 0 && stats.uid !== me) {
    return wrong(check, `${dataDir} belongs to uid ${stats.uid}, but this is uid ${me}.`, 'Run as its owner.')
  }
  if (stats.mode & 0o022) return wrong(check, `Other users can write to ${dataDir} (${mode}).`, `Run ${fix}.`)
  if (stats.mode & 0o055) return warning(check, `Other users can list ${dataDir} (${mode}).`, `Run ${fix}.`)
  return ok(check, `Only the owner can open ${dataDir}.`)
}

function secretsFinding(dataDir: string): Finding {
  const open = secretFiles.flatMap((name) => {
    const stats = statOf(join(dataDir, name))
    return typeof stats !== 'string' && stats.mode & 0o077 ? [`${name} (${modeOf(stats)})`] : []
  })
  if (open.length === 0) return ok('secrets', 'Only the owner can read the files with secrets.')
  const names = open.map((one) => one.split(' ')[0]).join(' ')
  return wrong('secrets', `Other users can read ${open.join(', ')}.`, `In ${dataDir} run chmod 600 ${names}.`)
}

/** Files with secrets that a setting names. Only a warning: mounted secrets often have a fixed mode. */
function settingFiles(env: Environment): Finding[] {
  return Object.entries(env).flatMap(([name, path]) => {
    if (!/^SIGIL_\w+_FILE$/.test(name) || !path) return []
    const stats = statOf(path)
    if (typeof stats === 'string' || !(stats.mode & 0o077)) return []
    const message = `Other users can read ${path} (${modeOf(stats)}), which ${name} names.`
    return [warning('secrets', message, `Run chmod 600 ${path}, unless this machine has no other users.`)]
  })
}

function diskFinding(folder: string): Finding {
  const { bavail, bsize } = statfsSync(folder)
  return diskFindingOf(bavail * bsize)
}

export function diskFindingOf(freeBytes: number): Finding {
  const message = `${(freeBytes / 2 ** 30).toFixed(1)} GiB of disk space are free for the database.`
  const advice = 'Free some space: on a full disk, sign-ins fail.'
  if (freeBytes < minBytes) return wrong('disk', message, advice)
  return freeBytes < lowBytes ? warning('disk', message, advice) : ok('disk', message)
}

/** The path itself, or its nearest parent that exists. */
function nearestFolder(path: string): string {
  return typeof statOf(path) === 'string' ? nearestFolder(join(path, '..')) : path
}

function statOf(path: string): Stats | string {
  try {
    return statSync(path)
  } catch (error) {
    return codeOf(error) ?? 'unknown'
  }
}

function modeOf({ mode }: Stats): string {
  return (mode & 0o777).toString(8).padStart(4, '0')
}
