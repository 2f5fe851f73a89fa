import { apiOf, signedIn, signedUp } from '#bench/api.ts'
import { median } from '#bench/measure.ts'
import { cpuSeconds, residentMb } from '#bench/process-cost.ts'
import { run, runCommand, runSigil } from '#bench/processes.ts'
import { sleep, systemClock } from '#src/platform/clock.ts'

const login = 'bench@example.org'
const quietMs = 20_000
const promised = { kbEach: 128, microseconds: 400, slowestMs: 4000 }

type Asked = { readonly verifiers: number; readonly leaseSeconds: number; readonly logouts: number }

/**
 * What one node spends on a fleet of verifiers that poll it, and how long a logout takes that has to reach
 * all of them. The lease is one for a fleet: each asks four times in its life, and a dead one is waited out.
 */
export async function tellFleet(asked: Asked): Promise<{ said: string; isKept: boolean }> {
  const { verifiers, leaseSeconds } = asked
  const { kbEach, cpuShare, pollsPerSecond, took } = await measureFleet(asked)
  const microseconds = Math.round((cpuShare * 1e6) / pollsPerSecond)
  const slowest = Math.max(...took)
  const said = `${verifiers.toLocaleString('en')} verifiers on one node, lease ${leaseSeconds} s:
${kbEach.toFixed(0)} KB each; ${Math.round(pollsPerSecond).toLocaleString('en')} polls a second take
${(cpuShare * 100).toFixed(0)} % of a processor, ${microseconds} µs a poll. A logout everywhere that reaches
all of them: ${Math.round(median(took))} ms, the slowest ${Math.round(slowest)} ms
(promised: ${promised.kbEach} KB, ${promised.microseconds} µs, ${promised.slowestMs} ms).`
  const isSmall = kbEach <= promised.kbEach && microseconds <= promised.microseconds
  return { said: said.replaceAll('\n', ' '), isKept: isSmall && slowest <= promised.slowestMs }
}

async function measureFleet({ verifiers, leaseSeconds, logouts }: Asked) {
  const sigil = await runSigil({ SIGIL_REVOCATION_LEASE: `${leaseSeconds}s` })
  const api = apiOf(sigil.url)
  await signedUp(api, login)
  await logOut(api)
  const [key = ''] = runCommand(sigil, ['verifier', 'add', 'fleet']).split('\n')
  const before = residentMb(sigil.pid)
  const fleet = await run('./fleet-verifiers.ts', [sigil.url, key, String(verifiers)])
  const control = apiOf(fleet.url)
  const told = async (what: 'attached' | 'polls') => Number((await control.get('/')).body[what])
  while ((await told('attached')) < verifiers) await sleep(systemClock, 200)
  const [polls, cpu, began] = [await told('polls'), cpuSeconds(sigil.pid), performance.now()]
  await sleep(systemClock, quietMs)
  const seconds = (performance.now() - began) / 1000
  const pollsPerSecond = ((await told('polls')) - polls) / seconds
  const cpuShare = (cpuSeconds(sigil.pid) - cpu) / seconds
  const kbEach = ((residentMb(sigil.pid) - before) * 1024) / verifiers
  const took: number[] = []
  for (let logout = 0; logout < logouts; logout++) took.push(await logOut(api))
  api.close()
  control.close()
  await fleet.stop()
  await sigil.stop()
  return { kbEach, cpuShare, pollsPerSecond, took }
}

async function logOut(api: ReturnType<typeof apiOf>): Promise<number> {
  const { access } = await signedIn(api, login)
  const began = performance.now()
  const { status, body } = await api.post('/api/v1/auth/logout_all', {}, access)
  if (status !== 200 || body.everywhere !== true) throw new Error(`Logout answered ${status}`)
  return performance.now() - began
}
