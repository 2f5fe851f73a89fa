import { apiOf, signIn, signUp } from '#bench/api.ts'
import { bareCommits, type Cluster, startCluster } from '#bench/cluster.ts'
import { median, quantile } from '#bench/measure.ts'
import { run } from '#bench/processes.ts'
import type { Row } from '#bench/row.ts'
import { waitOutMs } from '#src/revocations/lease.ts'

const login = 'bench@example.org'
const leaseMs = 2000
const perRound = 10

/**
 * How long a logout from everywhere takes, when every node has to say that it knows, beside what it cannot do
 * without: one durable commit and one round trip over HTTP.
 */
export async function logoutRows(rounds: number): Promise<Row[]> {
  const rows: Row[] = []
  for (const size of [1, 3, 8]) rows.push(...(await rowsOfSize(size, rounds)))
  return rows
}

async function rowsOfSize(size: number, rounds: number): Promise<Row[]> {
  const cluster = await startCluster(size)
  const bare = await bareServer(cluster)
  await signUp(cluster.api, login)
  for (let call = 0; call < perRound; call++) await logoutMs(cluster)
  const limits: number[][] = []
  const ours: number[][] = []
  for (let round = 0; round < rounds; round++) {
    const limit: number[] = []
    const own: number[] = []
    for (let call = 0; call < perRound; call++) {
      limit.push(await took(() => bare.call()))
      own.push(await logoutMs(cluster))
    }
    limits.push(limit)
    ours.push(own)
  }
  await bare.stop()
  await cluster.stop()
  const about = { beside: 'one durable commit and one bare round trip', unit: 'ms' }
  const name = `logout_all, ${size} ${size === 1 ? 'node' : 'nodes'}`
  const ratios = ours.map((own, round) => median(own) / median(limits[round] ?? []))
  const at = (share: number) => ({
    limit: quantile(limits.flat(), share),
    ours: quantile(ours.flat(), share),
  })
  const last = at(0.99).ours / at(0.99).limit
  const range = { least: Math.min(...ratios), most: Math.max(...ratios) }
  return [
    {
      ...about,
      name: `${name}, p50`,
      measured: { ...at(0.5), ratio: median(ratios), ...range },
      promised: { atMost: 4 },
    },
    {
      ...about,
      name: `${name}, p99`,
      measured: { ...at(0.99), ratio: last, least: last, most: last },
      promised: undefined,
    },
  ]
}

/** One of three nodes is killed; whoever logs out next waits until no clock can still be in its lease. */
export async function killedRow(rounds: number): Promise<Row> {
  const cluster = await startCluster(2)
  await signUp(cluster.api, login)
  const took: number[] = []
  for (let round = 0; round < rounds; round++) {
    const doomed = await cluster.startNode()
    await logoutMs(cluster)
    took.push(await logoutMs(cluster, () => process.kill(doomed.pid, 'SIGKILL')))
  }
  await cluster.stop()
  const limit = waitOutMs(leaseMs)
  const ratios = took.map((ms) => ms / limit)
  return {
    name: 'logout_all, one of 3 nodes killed, the longest',
    beside: 'W',
    unit: 'ms',
    measured: {
      limit,
      ours: Math.max(...took),
      ratio: Math.max(...ratios),
      least: Math.min(...ratios),
      most: Math.max(...ratios),
    },
    promised: { atMost: (limit + 100) / limit },
  }
}

async function logoutMs({ api }: Cluster, before = () => {}): Promise<number> {
  const { access } = await signIn(api, login)
  before()
  return took(async () => {
    const { status, body } = await api.post('/api/v1/auth/logout_all', {}, access)
    if (status !== 200 || body.everywhere !== true) throw new Error(`Logout answered ${status}`)
  })
}

async function bareServer({ databaseUrl }: Cluster) {
  const commits = await bareCommits(databaseUrl)
  const server = await run('./bare-server.ts', [])
  const api = apiOf(server.url)
  return {
    async call() {
      await commits.commit()
      await api.get('/')
    },
    async stop() {
      api.close()
      await Promise.all([commits.close(), server.stop()])
    },
  }
}

async function took(act: () => Promise<void>): Promise<number> {
  const began = performance.now()
  await act()
  return performance.now() - began
}
