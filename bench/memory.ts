import { setTimeout } from 'node:timers/promises'
import { type Api, apiOf, signedIn, signedUp } from '#bench/api.ts'
import { rate } from '#bench/measure.ts'
import { residentMb } from '#bench/process-cost.ts'
import { runSigil } from '#bench/processes.ts'

const promisedMb = 160
const users = 200
const loadMs = 20_000
/** V8 returns the memory that it collected under load some ten seconds later. */
const restMs = 15_000
const emailOf = (user: number) => `memory-${user}@example.org`

/**
 * The memory of a server after each kind of call was made at full speed: sign-ins and refreshes with a logout
 * each, token checks, and pages that nobody is signed in for.
 */
export async function reportMemory(): Promise<{ text: string; isKept: boolean }> {
  const sigil = await runSigil()
  const api = apiOf(sigil.url)
  for (let user = 0; user < users; user++) await signedUp(api, emailOf(user))
  let next = 0
  await rate(loadMs, 16, () => oneSession(api, emailOf(next++ % users)))
  const { access } = await signedIn(api, emailOf(0))
  await rate(loadMs, 32, async () => void (await expectStatus(204, api.get('/api/v1/auth/verify', access))))
  await rate(loadMs, 16, async () => void (await expectStatus(200, pageOf(sigil.url))))
  const peak = residentMb(sigil.pid)
  api.close()
  await setTimeout(restMs)
  const rested = Math.round(residentMb(sigil.pid))
  await sigil.stop()
  return {
    text: `After load: ${rested} MB (promised: ${promisedMb} MB); at its end ${Math.round(peak)} MB.`,
    isKept: rested <= promisedMb,
  }
}

async function oneSession(api: Api, email: string): Promise<void> {
  const { refresh } = await signedIn(api, email)
  const { body } = await expectStatus(200, api.post('/api/v1/auth/refresh', { refresh_token: refresh }))
  await expectStatus(204, api.post('/api/v1/auth/logout', {}, String(body.access_token)))
}

async function pageOf(url: string): Promise<{ status: number }> {
  const response = await fetch(`${url}/sign-in`)
  await response.arrayBuffer()
  return response
}

async function expectStatus<R extends { status: number }>(status: number, reply: Promise<R>): Promise<R> {
  const answered = await reply
  if (answered.status !== status) throw new Error(`Answered ${answered.status} instead of ${status}`)
  return answered
}
