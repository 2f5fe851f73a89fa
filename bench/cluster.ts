import { randomBytes } from 'node:crypto'
import { type Api, apiOf } from '#bench/api.ts'
import { runSigil, type Sigil } from '#bench/processes.ts'
import { freePort } from '#test/support/free-port.ts'
import { startDurablePostgres } from '#test/support/postgres-server.ts'

export type Cluster = {
  readonly nodes: readonly Sigil[]
  /** Calls the first node. */
  readonly api: Api
  readonly databaseUrl: string
  /** The environment of each node. */
  readonly env: Record<string, string>
  startNode(): Promise<Sigil>
  /** Stops the nodes that still run, and the database. */
  stop(): Promise<void>
}

/** Nodes on one PostgreSQL with durable commits. */
export async function startCluster(size: number, more: Record<string, string> = {}): Promise<Cluster> {
  const postgres = await startDurablePostgres()
  const env = {
    SIGIL_DATABASE_URL: postgres.url,
    SIGIL_PUBLIC_URL: 'http://localhost:8000',
    SIGIL_MASTER_KEY: randomBytes(32).toString('base64url'),
    ...more,
  }
  const nodes: Sigil[] = []
  const startNode = async () => {
    const port = await freePort()
    // A node prints the public URL, which is the same for all.
    const node = {
      ...(await runSigil({ ...env, SIGIL_PORT: String(port) })),
      url: `http://127.0.0.1:${port}`,
    }
    nodes.push(node)
    return node
  }
  while (nodes.length < size) await startNode()
  const api = apiOf(nodes[0]?.url ?? '')
  return {
    nodes,
    api,
    databaseUrl: postgres.url,
    env,
    startNode,
    async stop() {
      api.close()
      await Promise.all(nodes.map((node) => node.stop()))
      await postgres.stop()
    },
  }
}
