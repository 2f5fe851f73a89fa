import { type Api, apiOf, password, signedIn, signedUp } from '#bench/api.ts'
import { startCluster } from '#bench/cluster.ts'
import { median } from '#bench/measure.ts'
import { keepCalling } from '#bench/pace.ts'
import { pipelined } from '#bench/pipeline.ts'
import { cpuSeconds } from '#bench/process-cost.ts'
import { runCommand, runSigil, type Sigil } from '#bench/processes.ts'
import type { Row } from '#bench/row.ts'

const perSecond = 200
const forMs = 1000
const admin = 'admin@example.org'

type Place = {
  /** The server whose `GET /verify` is measured. */
  readonly verifying: Sigil
  /** The server that receives the writes. */
  readonly changing: Sigil
  /** Connections with 32 requests in flight each: enough to keep a core busy, or leave some of it free. */
  readonly connections: number
  stop(): Promise<void>
}

type Verified = { readonly perSecond: number; readonly perCpuSecond: number }

/**
 * How many verifications a server makes while 200 users per second are logged out everywhere. If the server
 * does that itself, it is compared with as many writes that revoke nothing. Per processor time, because all
 * processes share the cores.
 */
export async function besideRevocationsRows(rounds: number): Promise<Row[]> {
  const here = await samplesOf(await oneServer(), rounds)
  const there = await samplesOf(await oneOfTwo(), rounds)
  const name = `GET /verify, ${perSecond} revocations per second`
  const undisturbed = 'itself without them'
  const byTime = 'per second of its processor time'
  return [
    rowOf(`${name} on the same server`, undisturbed, { ...here, limit: here.none, of: 'perSecond' }),
    {
      ...rowOf(`${name} on the same server`, `itself beside as many writes that revoke nothing, ${byTime}`, {
        ...here,
        limit: here.writes,
        of: 'perCpuSecond',
      }),
      promised: { atLeast: 0.9 },
    },
    rowOf(`${name} on another node`, undisturbed, { ...there, limit: there.none, of: 'perSecond' }),
    {
      ...rowOf(`${name} on another node`, `${undisturbed}, ${byTime}`, {
        ...there,
        limit: there.none,
        of: 'perCpuSecond',
      }),
      promised: { atLeast: 0.85 },
    },
  ]
}

async function oneServer(): Promise<Place> {
  const sigil = await runSigil()
  return { verifying: sigil, changing: sigil, connections: 4, stop: () => sigil.stop() }
}

async function oneOfTwo(): Promise<Place> {
  const cluster = await startCluster(2)
  const [changing, verifying] = cluster.nodes
  if (!changing || !verifying) throw new Error('The cluster does not have two nodes')
  return { verifying, changing, connections: 1, stop: () => cluster.stop() }
}

type Samples = Record<'none' | 'writes' | 'ends', Verified[]>

async function samplesOf(place: Place, rounds: number): Promise<Samples> {
  const api = apiOf(place.changing.url)
  try {
    const { verified, beside } = await callersOf(place, api)
    const samples: Samples = { none: [], writes: [], ends: [] }
    // The first round is a warm-up. Rounds with too few completed calls are repeated.
    for (let tries = 0; samples.ends.length < rounds; tries++) {
      if (tries > 3 * rounds) throw new Error(`This machine is too busy for ${perSecond} calls per second`)
      const none = await verified()
      const [writes, ends] = [await beside('writes'), await beside('ends')]
      if (tries === 0 || !writes || !ends) continue
      samples.none.push(none)
      samples.writes.push(writes)
      samples.ends.push(ends)
    }
    return samples
  } finally {
    api.close()
    await place.stop()
  }
}

function rowOf(
  name: string,
  beside: string,
  { ends, limit, of }: { ends: readonly Verified[]; limit: readonly Verified[]; of: keyof Verified },
): Row {
  const ratios = ends.map((sample, round) => sample[of] / (limit[round]?.[of] ?? Number.NaN))
  const measured = {
    limit: median(limit.map((sample) => sample[of])),
    ours: median(ends.map((sample) => sample[of])),
    ratio: median(ratios),
    min: Math.min(...ratios),
    max: Math.max(...ratios),
  }
  return { name, beside, unit: '/s', measured, promised: undefined }
}

async function callersOf({ verifying, changing, connections }: Place, api: Api) {
  const create = ['admin', 'create', '--email', admin, '--password-stdin']
  runCommand(changing, create, `${password}\n`)
  const token = (await signedIn(api, admin)).access
  await signedUp(api, 'bench@example.org')
  const { body } = await api.get('/api/v1/users?q=bench@example.org', token)
  const [user] = body.data as { id: string }[]
  const verify = `GET /api/v1/auth/verify HTTP/1.1\r\nHost: sigil\r\nAuthorization: Bearer ${token}\r\n\r\n`
  let changes = 0
  const calls = {
    // By an administrator: users who log themselves out revoke the token that the next call needs.
    ends: () => api.post(`/api/v1/users/${user?.id}/logout_all`, {}, token),
    writes: () => api.patch(`/api/v1/users/${user?.id}`, { full_name: `Name ${changes++}` }, token),
  }
  const verified = async (): Promise<Verified> => {
    const [before, began] = [cpuSeconds(verifying.pid), performance.now()]
    const perSecond = await pipelined(verifying.url, verify, forMs, { connections, depth: 32 })
    const count = (perSecond * (performance.now() - began)) / 1000
    return { perSecond, perCpuSecond: count / (cpuSeconds(verifying.pid) - before) }
  }
  return {
    verified,
    async beside(which: keyof typeof calls) {
      const calling = keepCalling(perSecond, async () => {
        const { status, body } = await calls[which]()
        if (status !== 200) throw new Error(`It answered ${status}: ${JSON.stringify(body)}`)
      })
      await verified()
      calling.counted()
      const measured = await verified()
      return (await calling.stop()) ? measured : undefined
    },
  }
}
