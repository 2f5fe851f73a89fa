import { apiOf, signedIn, signedUp } from '#bench/api.ts'
import { median } from '#bench/measure.ts'
import { cpuSeconds, residentMb } from '#bench/process-cost.ts'
import { run, runCommand, runSigil } from '#bench/processes.ts'
import { sleep, systemClock } from '#src/platform/clock.ts'

const login = 'bench@example.org'
const quietMs = 20_000
const promised = { kbEach: 128, microseconds: 400, slowestMs: 4000 }

type FleetOptions = { readonly verifiers: number; readonly leaseSeconds: number; readonly logouts: number }

/**
 * The cost of a fleet of polling verifiers on one node, and the duration of a logout that has to reach all
 * of them. The lease is long, as for a fleet: a verifier polls four times per lease, and a logout waits for
 * a dead one.
 */
export async function reportFleet(options: FleetOptions): Promise<{ text: string; isKept: boolean }> {
  const { verifiers, leaseSeconds } = options
  const { kbEach, cpuShare, pollsPerSecond, durations } = await measureFleet(options)
  const microseconds = Math.round((cpuShare * 1e6) / pollsPerSecond)
  const slowest = Math.max(...durations)
  const text = `${verifiers.toLocaleString('en')} verifiers on one node, lease ${leaseSeconds} s:
${kbEach.toFixed(0)} KB each; ${Math.round(pollsPerSecond).toLocaleString('en')} polls per second use
${(cpuShare * 100).toFixed(0)} % of a processor, ${microseconds} µs per poll. A logout everywhere that reaches
all of them: ${Math.round(median(durations))} ms, the slowest ${Math.round(slowest)} ms
(promised: ${promised.kbEach} KB, ${promised.microseconds} µs, ${promised.slowestMs} ms).`
  const isSmall = kbEach <= promised.kbEach && microseconds <= promised.microseconds
  return { text: text.replaceAll('\n', ' '), isKept: isSmall && slowest <= promised.slowestMs }
}

async function measureFleet({ verifiers, leaseSeconds, logouts }: FleetOptions) {
  const sigil = await runSigil({ SIGIL_REVOCATION_LEASE: `${leaseSeconds}s` })
  const api = apiOf(sigil.url)
  await signedUp(api, login)
  await logOut(api)
  const [key = ''] = runCommand(sigil, ['verifier', 'add', 'fleet']).split('\n')
  const before = residentMb(sigil.pid)
  const fleet = await run('./fleet-verifiers.ts', [sigil.url, key, String(verifiers)])
  const control = apiOf(fleet.url)
  const counter = async (what: 'attached' | 'polls') => Number((await control.get('/')).body[what])
  while ((await counter('attached')) < verifiers) await sleep(systemClock, 200)
  const [polls, cpu, began] = [await counter('polls'), cpuSeconds(sigil.pid), performance.now()]
  await sleep(systemClock, quietMs)
  const seconds = (performance.now() - began) / 1000
  const pollsPerSecond = ((await counter('polls')) - polls) / seconds
  const cpuShare = (cpuSeconds(sigil.pid) - cpu) / seconds
  const kbEach = ((residentMb(sigil.pid) - before) * 1024) / verifiers
  const durations: number[] = []
  for (let logout = 0; logout < logouts; logout++) durations.push(await logOut(api))
  api.close()
  control.close()
  await fleet.stop()
  await sigil.stop()
  return { kbEach, cpuShare, pollsPerSecond, durations }
}

async function logOut(api: ReturnType<typeof apiOf>): Promise<number> {
  const { access } = await signedIn(api, login)
  const began = performance.now()
  const { status, body } = await api.post('/api/v1/auth/logout_all', {}, access)
  if (status !== 200 || body.everywhere !== true) throw new Error(`Logout answered ${status}`)
  return performance.now() - began
}
