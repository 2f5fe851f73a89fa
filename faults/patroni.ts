import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { freePort } from '#test/support/free-port.ts'

/** A PostgreSQL server with the Patroni that manages it: a machine that can be lost. */
export type Member = {
  readonly name: string
  readonly port: number
  role(): Promise<'primary' | 'standby' | 'away'>
  kill(): void
  freeze(): void
  thaw(): void
  /** Starts it again on the data that it had. */
  start(): void
}

export type Pair = {
  readonly members: readonly [Member, Member]
  /** Both servers, of which the one that accepts writes is meant. */
  readonly url: string
  primary(): Promise<Member>
  /** Resolves when one is the primary and the other its synchronous standby. */
  whole(): Promise<void>
  stop(): Promise<void>
}

/** How long the primary may fail to renew its lock in etcd, and how often it tries, in seconds. */
export const timing = { ttl: 20, loop_wait: 5, retry_timeout: 5 }

const patienceMs = 180_000

const owner = () => ({ uid: idOf('-u'), gid: idOf('-g') })
const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { stdio: 'pipe' }).toString())

/** Returns the reason why a pair cannot be started here. */
export function whyNoPatroni(): string | undefined {
  for (const program of ['patroni', 'etcd', 'pg_config']) {
    try {
      execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'pipe' })
    } catch {
      return `${program} is not installed`
    }
  }
  return process.getuid?.() === 0 ? undefined : 'it starts PostgreSQL as the user postgres, which needs root'
}

/** Two PostgreSQL servers with synchronous replication, managed by Patroni with one etcd. */
export async function startPair(): Promise<Pair> {
  const folder = mkdtempSync(join(tmpdir(), 'sigil-patroni-'))
  const { uid, gid } = owner()
  chownSync(folder, uid, gid)
  const children = new Set<ChildProcess>()
  const run = (program: string, args: readonly string[]) => {
    const child = spawn(program, args, { uid, gid, cwd: folder, detached: true, stdio: 'ignore' })
    children.add(child)
    return child
  }
  const [clients, peers] = [await freePort(), await freePort()]
  const [client, peer] = [clients, peers].map((port) => `http://127.0.0.1:${port}`) as [string, string]
  const etcd = run('etcd', [
    ...['--name', 'etcd', '--data-dir', join(folder, 'etcd'), '--initial-cluster', `etcd=${peer}`],
    ...['--listen-client-urls', client, '--advertise-client-urls', client],
    ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
  ])
  const place = { folder, etcd: clients, run, bin: execFileSync('pg_config', ['--bindir']).toString().trim() }
  const members = [await member('pg-1', place), await member('pg-2', place)] as const
  const url = `postgres://postgres@127.0.0.1:${members[0].port},127.0.0.1:${members[1].port}/postgres`
  const roles = () => Promise.all(members.map((one) => one.role()))
  const pair: Pair = {
    members,
    url: `${url}?target_session_attrs=read-write`,
    async primary() {
      let found = -1
      await until('a primary', async () => {
        found = (await roles()).indexOf('primary')
        return found >= 0
      })
      return members[found] as Member
    },
    async whole() {
      await until('a standby', async () => (await roles()).sort().join() === 'primary,standby')
    },
    async stop() {
      for (const one of members) one.kill()
      for (const child of children) child.kill('SIGKILL')
      if (etcd.exitCode === null && etcd.signalCode === null) await once(etcd, 'exit')
      rmSync(folder, { recursive: true, force: true })
    },
  }
  // Patroni ends where etcd does not answer yet.
  await until('etcd', () => answers(`${client}/health`))
  members[0].start()
  await pair.primary()
  members[1].start()
  await pair.whole()
  return pair
}

type Where = {
  readonly folder: string
  readonly etcd: number
  readonly bin: string
  run(program: string, args: readonly string[]): ChildProcess
}

async function member(name: string, { folder, etcd, bin, run }: Where): Promise<Member> {
  const [port, api] = [await freePort(), await freePort()]
  const data = join(folder, name)
  mkdirSync(data, { mode: 0o700 })
  chownSync(data, owner().uid, owner().gid)
  const file = join(folder, `${name}.yml`)
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(configOf({ name, port, api, data, etcd, bin }), null, 2))
  let patroni: ChildProcess | undefined
  const processes = () => {
    const main = Number(lineOf(join(data, 'postmaster.pid')))
    const parents = [patroni?.pid, main || undefined].filter((pid) => pid !== undefined)
    return [...parents, ...childrenOf(parents)]
  }
  const signal = (name: NodeJS.Signals) => {
    for (const pid of processes()) {
      try {
        process.kill(pid, name)
      } catch {}
    }
  }
  return {
    name,
    port,
    async role() {
      const url = `http://127.0.0.1:${api}`
      if (await answers(`${url}/primary`)) return 'primary'
      return (await answers(`${url}/synchronous`)) ? 'standby' : 'away'
    },
    kill: () => signal('SIGKILL'),
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    start() {
      patroni = run('patroni', [file])
    },
  }
}

type Config = Record<'name' | 'data' | 'bin', string> & Record<'port' | 'api' | 'etcd', number>

function configOf({ name, port, api, data, etcd, bin }: Config) {
  return {
    scope: 'sigil',
    name,
    restapi: { listen: `127.0.0.1:${api}`, connect_address: `127.0.0.1:${api}` },
    etcd3: { host: `127.0.0.1:${etcd}` },
    bootstrap: {
      dcs: {
        ...timing,
        synchronous_mode: true,
        postgresql: { use_pg_rewind: true, parameters: { max_connections: 100, wal_log_hints: 'on' } },
      },
      initdb: [{ encoding: 'UTF8' }, { locale: 'C' }],
    },
    postgresql: {
      listen: `127.0.0.1:${port}`,
      connect_address: `127.0.0.1:${port}`,
      data_dir: data,
      pgpass: `${data}.pgpass`,
      bin_dir: bin,
      authentication: {
        replication: { username: 'replicator', password: 'replicates' },
        superuser: { username: 'postgres', password: 'administers' },
      },
      pg_hba: ['host all all 127.0.0.1/32 trust', 'host replication all 127.0.0.1/32 trust'],
      parameters: { unix_socket_directories: '.' },
    },
  }
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const began = performance.now()
  while (!(await isSo())) {
    if (performance.now() - began > patienceMs) throw new Error(`Timed out waiting for ${what}`)
    await setTimeout(200)
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(1000) })).status === 200
  } catch {
    return false
  }
}

function lineOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').split('\n')[0] ?? ''
  } catch {
    return ''
  }
}

function childrenOf(parents: readonly number[]): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')
  const pairs = lines.map((line) => line.trim().split(/\s+/).map(Number))
  return pairs.flatMap(([pid, ppid]) =>
    pid !== undefined && ppid !== undefined && parents.includes(ppid) ? [pid] : [],
  )
}
