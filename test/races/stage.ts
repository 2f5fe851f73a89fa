import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe } from 'node:test'
import type { World } from '#src/world/world.ts'
import { type Client, clientAt } from '#test/support/client.ts'
import { type Engine, freshDatabaseUrl, onBothEngines } from '#test/support/engines.ts'
import { spawnServer } from '#test/support/processes.ts'
import { realHashes, startServer } from '#test/support/server.ts'

/** One database with one or two servers. */
export type Stage = {
  /** A client for each node; the first node is in this process. */
  readonly nodes: readonly Client[]
  /** The node for the n-th of many callers, round-robin. */
  nodeFor(index: number): Client
  /** The World of the node in this process, for use cases without a URL and to query the database. */
  readonly world: World
  /** One World per node, with its own connections and memory, for use cases without a URL. */
  readonly worlds: readonly World[]
}

type SetUp = (env?: Record<string, string>) => Promise<Stage>

/** Registers a suite for one process on each engine, and for two processes on one PostgreSQL. */
export function onEveryStage(name: string, body: (setUp: SetUp) => void): void {
  onBothEngines(`${name}, one process`, (engine) => body((env = {}) => oneProcess(engine, env)))
  const skip = process.env.SIGIL_TEST_POSTGRES_URL
    ? false
    : 'SIGIL_TEST_POSTGRES_URL is not set: run this through npm test'
  describe(`${name}, two processes (postgres)`, { skip }, () => body((env = {}) => twoProcesses(env)))
}

async function oneProcess(engine: Engine, env: Record<string, string>): Promise<Stage> {
  const { url, world } = await startServer(engine, { ...quiet, ...env })
  return stageOf([url], [world])
}

/** Both nodes have the same public URL and master key: they are one issuer. */
async function twoProcesses(env: Record<string, string>): Promise<Stage> {
  const place = await freshDatabaseUrl('postgres')
  const shared = { ...quiet, ...env, SIGIL_MASTER_KEY: randomBytes(32).toString('base64url') }
  const first = await startServer(place, shared, realHashes)
  const again = { ...shared, SIGIL_PUBLIC_URL: first.url }
  const second = await spawnServer(place, again)
  const third = await startServer(place, again, realHashes)
  return stageOf([first.url, second.url], [first.world, third.world])
}

const quiet = { SIGIL_LOG_LEVEL: 'fatal' }

function stageOf(urls: readonly string[], worlds: readonly World[]): Stage {
  const nodes = urls.map((url) => clientAt(url))
  const [world] = worlds
  assert.ok(world)
  return {
    nodes,
    nodeFor: (index) => nodes[index % nodes.length] ?? assert.fail('there is no node'),
    world,
    worlds,
  }
}
