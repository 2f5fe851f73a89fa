import { signedIn, signedUp } from '#bench/api.ts'
import { bareCluster } from '#bench/bare-cluster.ts'
import { type Cluster, startCluster } from '#bench/cluster.ts'
import { median, quantile } from '#bench/measure.ts'
import type { Row } from '#bench/row.ts'
import { waitOutMs } from '#src/revocations/lease/lease.ts'

const login = 'bench@example.org'
const leaseMs = 2000
const perRound = 10

/**
 * How long a logout everywhere takes, which every node has to acknowledge, compared with the minimum: a
 * durable commit, a round trip over HTTP, and a notification and an acknowledgement of each other node.
 */
export async function logoutRows(rounds: number): Promise<Row[]> {
  const rows: Row[] = []
  for (const size of [1, 3, 8]) rows.push(...(await rowsOfSize(size, rounds)))
  return rows
}

async function rowsOfSize(size: number, rounds: number): Promise<Row[]> {
  const cluster = await startCluster(size)
  const alone = await bareCluster(cluster.databaseUrl, { size: 1, table: 'bare_alone' })
  const together = await bareCluster(cluster.databaseUrl, { size, table: 'bare_together' })
  await signedUp(cluster.api, login)
  for (let call = 0; call < perRound; call++) await logoutMs(cluster)
  const samples: Samples[] = []
  for (let round = 0; round < rounds; round++) {
    const sample: Samples = { ours: [], alone: [], together: [] }
    for (let call = 0; call < perRound; call++) {
      sample.alone.push(await timed(() => alone.call()))
      sample.together.push(await timed(() => together.call()))
      sample.ours.push(await logoutMs(cluster))
    }
    samples.push(sample)
  }
  await Promise.all([alone.stop(), together.stop()])
  await cluster.stop()
  const name = `logout_all, ${size} ${size === 1 ? 'node' : 'nodes'}`
  const commit = 'one durable commit and one bare round trip'
  if (size === 1) return rowsBeside(samples, { name, beside: commit, limit: 'alone', atMost: 4 })
  const others = `the same, and ${size - 1} bare processes that are notified, read and acknowledge`
  return [
    ...rowsBeside(samples, { name, beside: commit, limit: 'alone', atMost: undefined }),
    ...rowsBeside(samples, { name, beside: others, limit: 'together', atMost: 3 }),
  ]
}

type Samples = Record<'ours' | 'alone' | 'together', number[]>
type Beside = {
  readonly name: string
  readonly beside: string
  readonly limit: 'alone' | 'together'
  /** For the median; the 99th percentile is only reported. */
  readonly atMost: number | undefined
}

function rowsBeside(samples: readonly Samples[], { name, beside, limit, atMost }: Beside): Row[] {
  const all = (which: keyof Samples) => samples.flatMap((sample) => sample[which])
  const at = (share: number) => ({ limit: quantile(all(limit), share), ours: quantile(all('ours'), share) })
  const ratios = samples.map((sample) => median(sample.ours) / median(sample[limit]))
  const range = { min: Math.min(...ratios), max: Math.max(...ratios) }
  const last = at(0.99).ours / at(0.99).limit
  const about = { beside, unit: 'ms' }
  return [
    {
      ...about,
      name: `${name}, p50`,
      measured: { ...at(0.5), ratio: median(ratios), ...range },
      promised: atMost === undefined ? undefined : { atMost },
    },
    {
      ...about,
      name: `${name}, p99`,
      measured: { ...at(0.99), ratio: last, min: last, max: last },
      promised: undefined,
    },
  ]
}

/** One of three nodes is killed; the next logout waits until its lease has ended on any clock. */
export async function killedRow(rounds: number): Promise<Row> {
  const cluster = await startCluster(2)
  await signedUp(cluster.api, login)
  const durations: number[] = []
  for (let round = 0; round < rounds; round++) {
    const victim = await cluster.startNode()
    await logoutMs(cluster)
    durations.push(await logoutMs(cluster, () => process.kill(victim.pid, 'SIGKILL')))
  }
  await cluster.stop()
  const limit = waitOutMs(leaseMs)
  const ratios = durations.map((ms) => ms / limit)
  return {
    name: 'logout_all, one of 3 nodes killed, the slowest',
    beside: 'the longest wait for a lease',
    unit: 'ms',
    measured: {
      limit,
      ours: Math.max(...durations),
      ratio: Math.max(...ratios),
      min: Math.min(...ratios),
      max: Math.max(...ratios),
    },
    promised: { atMost: (limit + 100) / limit },
  }
}

async function logoutMs({ api }: Cluster, before = () => {}): Promise<number> {
  const { access } = await signedIn(api, login)
  before()
  return timed(async () => {
    const { status, body } = await api.post('/api/v1/auth/logout_all', {}, access)
    if (status !== 200 || body.everywhere !== true) throw new Error(`Logout answered ${status}`)
  })
}

async function timed(act: () => Promise<void>): Promise<number> {
  const began = performance.now()
  await act()
  return performance.now() - began
}
