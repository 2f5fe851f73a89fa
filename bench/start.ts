import { setTimeout } from 'node:timers/promises'
import { apiOf } from '#bench/api.ts'
import { median } from '#bench/measure.ts'
import { residentMb } from '#bench/process-cost.ts'
import { runSigil } from '#bench/processes.ts'

const promised = { readyMs: 500, idleMb: 110 }
/** V8 returns the memory that it collected after the start some ten seconds later. */
const idleAfterMs = 15_000
/** Memory hardly varies from start to start, so it is measured fewer times. */
const idleTimes = 3

/** The time from the start of a process until it is ready, with a warm compile cache, and its idle memory. */
export async function reportStart(times: number): Promise<{ text: string; isKept: boolean }> {
  const ready: number[] = []
  const idle: number[] = []
  for (let time = 0; time < times; time++) {
    const began = performance.now()
    const sigil = await runSigil()
    const api = apiOf(sigil.url)
    const { status } = await api.get('/readyz')
    if (status !== 200) throw new Error(`/readyz answered ${status}`)
    ready.push(performance.now() - began)
    api.close()
    if (time < idleTimes) {
      await setTimeout(idleAfterMs)
      idle.push(residentMb(sigil.pid))
    }
    await sigil.stop()
  }
  const [readyMs, idleMb] = [Math.round(median(ready)), Math.round(median(idle))]
  return {
    text: [
      `Ready after ${readyMs} ms (promised: ${promised.readyMs} ms).`,
      `Idle: ${idleMb} MB (promised: ${promised.idleMb} MB).`,
    ].join(' '),
    isKept: readyMs <= promised.readyMs && idleMb <= promised.idleMb,
  }
}
