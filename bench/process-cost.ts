import { readFileSync } from 'node:fs'

/** What the kernel counts in, on every Linux that Node runs on. */
const ticksPerSecond = 100

/** How many seconds of processor time a process has used, all its threads together. */
export function cpuSeconds(pid: number): number {
  const [, rest = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')
  const fields = rest.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

export function residentMb(pid: number): number {
  const kb = /^VmRSS:\s+([0-9]+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kb) / 1024
}
