import { readFileSync } from 'node:fs'
import { apiOf } from '#bench/api.ts'
import { median } from '#bench/measure.ts'
import { runSigil } from '#bench/processes.ts'

export type Start = { readonly readyMs: number; readonly idleMb: number }

/**
 * From the start of the process until it is ready, with a warm compile cache; and what it holds when idle.
 */
export async function measureStart(times: number): Promise<Start> {
  const ready: number[] = []
  const idle: number[] = []
  for (let time = 0; time < times; time++) {
    const began = performance.now()
    const sigil = await runSigil()
    const api = apiOf(sigil.url)
    const { status } = await api.get('/readyz')
    if (status !== 200) throw new Error(`/readyz answered ${status}`)
    ready.push(performance.now() - began)
    idle.push(residentMb(sigil.pid))
    api.close()
    await sigil.stop()
  }
  return { readyMs: median(ready), idleMb: median(idle) }
}

function residentMb(pid: number): number {
  const kb = /^VmRSS:\s+([0-9]+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kb) / 1024
}
