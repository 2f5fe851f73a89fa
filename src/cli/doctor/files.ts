import { type Stats, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Finding, ok, warning, wrong } from '#src/cli/doctor/finding.ts'
import { codeOf } from '#src/cli/system-errors.ts'
import type { Environment, Settings } from '#src/settings/settings.ts'

type Place = Pick<Settings, 'dataDir' | 'databaseUrl'>

/** What in the data folder tells secrets to whoever can read it. */
const secretFiles = ['master.key', 'sigil.db', 'sigil.db-wal', 'sigil.db-shm']

const minBytes = 100 * 2 ** 20
const fewBytes = 2 ** 30

export function examineFiles({ dataDir, databaseUrl }: Place, env: Environment): Finding[] {
  return [
    folderFinding(dataDir),
    ...(typeof statOf(dataDir) === 'string' ? [] : [secretsFinding(dataDir)]),
    ...namedFiles(env),
    // PostgreSQL has a disk of its own, which cannot be seen from here.
    ...(databaseUrl === undefined ? [diskFinding(nearestFolder(dataDir))] : []),
  ]
}

function folderFinding(dataDir: string): Finding {
  const check = 'data folder'
  const stats = statOf(dataDir)
  if (typeof stats === 'string') {
    if (stats === 'ENOENT')
      return warning(check, `${dataDir} is not there.`, 'The first start makes it; else set SIGIL_DATA_DIR.')
    return wrong(
      check,
      `${dataDir} cannot be looked at (${stats}).`,
      'Let this user in, or set SIGIL_DATA_DIR.',
    )
  }
  if (!stats.isDirectory()) return wrong(check, `${dataDir} is no folder.`, 'Set SIGIL_DATA_DIR to one.')
  const mode = modeOf(stats)
  const fix = `chmod 700 ${dataDir}`
  const me = process.getuid?.()
  if (me !== undefined && me !== 0 && stats.uid !== me) {
    return wrong(check, `${dataDir} belongs to uid ${stats.uid}, and this is uid ${me}.`, 'Run as its owner.')
  }
  if (stats.mode & 0o022) return wrong(check, `Others can write in ${dataDir} (${mode}).`, `Run ${fix}.`)
  if (stats.mode & 0o055) return warning(check, `Others can look into ${dataDir} (${mode}).`, `Run ${fix}.`)
  return ok(check, `${dataDir} is for its owner alone.`)
}

function secretsFinding(dataDir: string): Finding {
  const open = secretFiles.flatMap((name) => {
    const stats = statOf(join(dataDir, name))
    return typeof stats !== 'string' && stats.mode & 0o077 ? [`${name} (${modeOf(stats)})`] : []
  })
  if (open.length === 0) return ok('secrets', 'No file with secrets can be read by others.')
  const names = open.map((one) => one.split(' ')[0]).join(' ')
  return wrong('secrets', `Others can read ${open.join(', ')}.`, `In ${dataDir} run chmod 600 ${names}.`)
}

/** Secrets that a setting names: who mounts them often cannot choose their mode. */
function namedFiles(env: Environment): Finding[] {
  return Object.entries(env).flatMap(([name, path]) => {
    if (!/^SIGIL_\w+_FILE$/.test(name) || !path) return []
    const stats = statOf(path)
    if (typeof stats === 'string' || !(stats.mode & 0o077)) return []
    const message = `Others can read ${path}, which ${name} names (${modeOf(stats)}).`
    return [warning('secrets', message, `Run chmod 600 ${path}, unless nobody else is on this machine.`)]
  })
}

function diskFinding(folder: string): Finding {
  const { bavail, bsize } = statfsSync(folder)
  return diskFindingOf(bavail * bsize)
}

export function diskFindingOf(freeBytes: number): Finding {
  const message = `${(freeBytes / 2 ** 30).toFixed(1)} GiB are free for the database.`
  const advice = 'Make room: without it nobody can sign in.'
  if (freeBytes < minBytes) return wrong('disk', message, advice)
  return freeBytes < fewBytes ? warning('disk', message, advice) : ok('disk', message)
}

/** The folder that is there already, of those that a path leads through. */
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
