import { readdirSync, readFileSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'

const tasks = '/proc/self/task'
/** A `nice` value: with a difference of 10, the thread gets about a tenth of a core that both compete for. */
const nicer = 10
const nicest = 19

/**
 * Lets the worker threads of this process yield to its main thread, which answers requests. Only Linux has a
 * priority for each thread; elsewhere, and without access to /proc, nothing changes. Call it once the workers
 * have started, which all of them do with the first task.
 */
export function lowerWorkerPriority(): void {
  if (process.platform !== 'linux') return
  try {
    const niceness = Math.min(nicest, getPriority() + nicer)
    for (const id of readdirSync(tasks)) {
      const name = readFileSync(`${tasks}/${id}/comm`, 'utf8').trim()
      if (name === 'libuv-worker') setPriority(Number(id), niceness)
    }
  } catch {
    // The server works without it, only slower under load.
  }
}
