import { after } from 'node:test'
import { isBatch } from '#test/support/batches.ts'

let ends: (() => Promise<unknown>)[] = []

/** Calls `end` after the last test of the file that runs. */
export function endWithFile(end: () => Promise<unknown>): void {
  ends.push(end)
}

export async function endFile(): Promise<void> {
  const due = ends
  ends = []
  for (const end of due) await end()
}

// In a batch, the suite of each file calls it.
if (!isBatch(process.argv[1] ?? '')) after(endFile)
