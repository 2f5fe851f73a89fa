import { execFileSync } from 'node:child_process'
import { migratedDatabase } from '#test/support/postgres-databases.ts'
import { startPostgres } from '#test/support/postgres-server.ts'

export type Database = {
  readonly url: string
  /** All its processes are stopped, with every connection open. */
  freeze(): void
  thaw(): void
  crash(): Promise<void>
  revive(): Promise<void>
  stop(): Promise<void>
}

/** A PostgreSQL server that can be frozen. */
export async function startDatabase(): Promise<Database> {
  const server = await startPostgres()
  // It ends with this process, even if that crashes.
  const abandon = () => signal(server.pid, 'SIGQUIT')
  process.once('exit', abandon)
  const { url } = await migratedDatabase(server.url, 'faults').catch(async (error) => {
    await server.stop()
    throw error
  })
  let frozen: number[] = []
  const thaw = () => {
    for (const pid of frozen) signal(pid, 'SIGCONT')
    frozen = []
  }
  return {
    url,
    freeze() {
      // The parent first, so that it cannot fork while its children are listed.
      signal(server.pid, 'SIGSTOP')
      const children = childrenOf(server.pid)
      for (const pid of children) signal(pid, 'SIGSTOP')
      frozen = [server.pid, ...children]
    },
    thaw,
    crash: () => server.crash(),
    revive: () => server.revive(),
    stop() {
      thaw()
      process.off('exit', abandon)
      return server.stop()
    },
  }
}

function childrenOf(parent: number): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')
  const pairs = lines.map((line) => line.trim().split(/\s+/).map(Number))
  return pairs.flatMap(([pid, ppid]) => (pid !== undefined && ppid === parent ? [pid] : []))
}

/** A connection may have ended, and its process with it. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {}
}
