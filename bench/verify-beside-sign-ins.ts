import { readdirSync, readFileSync } from 'node:fs'
import { setPriority } from 'node:os'
import { apiOf, signedIn, signedUp } from '#bench/api.ts'
import { median, quantile } from '#bench/measure.ts'
import { keepCalling } from '#bench/pace.ts'
import { runSigil } from '#bench/processes.ts'

/**
 * How long `GET /verify` takes at 100 per second while sign-ins saturate the hashing threads, alternating
 * between the priority of the main thread for these threads and the lower one that the server gives them.
 * Raising a priority needs root. Usage: node bench/verify-beside-sign-ins.ts [rounds]
 */
const rounds = Number(process.argv[2] ?? 5)
const forMs = 3000
const login = 'bench@example.org'

const sigil = await runSigil()
const api = apiOf(sigil.url)
await signedUp(api, login)
const { access } = await signedIn(api, login)

function setWorkers(niceness: number): void {
  for (const id of readdirSync(`/proc/${sigil.pid}/task`)) {
    const name = readFileSync(`/proc/${sigil.pid}/task/${id}/comm`, 'utf8').trim()
    if (name === 'libuv-worker') setPriority(Number(id), niceness)
  }
}

async function latencies(): Promise<number[]> {
  const taken: number[] = []
  const calls = keepCalling(100, async () => {
    const began = performance.now()
    const { status } = await api.get('/api/v1/auth/verify', access)
    if (status !== 204) throw new Error(`/verify answered ${status}`)
    taken.push(performance.now() - began)
  })
  const until = performance.now() + forMs
  const signing = Array.from({ length: 8 }, async () => {
    // Wrong passwords cost the same hash, and open no sessions.
    while (performance.now() < until) {
      await api.post('/api/v1/auth/signin', { login, password: 'a wrong password of nobody' })
    }
  })
  await Promise.all(signing)
  await calls.stop()
  return taken
}

const seen: Record<'equal' | 'lower', { p50: number[]; p99: number[] }> = {
  equal: { p50: [], p99: [] },
  lower: { p50: [], p99: [] },
}
await latencies()
for (let round = 0; round < rounds; round++) {
  for (const [name, niceness] of [
    ['equal', 0],
    ['lower', 10],
  ] as const) {
    setWorkers(niceness)
    const taken = await latencies()
    seen[name].p50.push(quantile(taken, 0.5))
    seen[name].p99.push(quantile(taken, 0.99))
  }
}
for (const [name, { p50, p99 }] of Object.entries(seen)) {
  const figures = `p50 ${median(p50).toFixed(1)} ms, p99 ${median(p99).toFixed(1)} ms`
  process.stdout.write(`GET /verify, hashing threads at ${name} priority: ${figures}\n`)
}
const ratio = median(seen.lower.p99.map((value, round) => value / (seen.equal.p99[round] ?? Number.NaN)))
process.stdout.write(`p99 lower / equal, median of ${rounds} rounds: ${ratio.toFixed(2)}\n`)
api.close()
await sigil.stop()
