import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { after, describe } from 'node:test'
import { endFile } from '#test/support/file-end.ts'

/** Registers each test file as a suite in this process, under its path from the root of the repository. */
export function runFiles(paths: readonly string[]): void {
  // At once, unlike import(): so what a file registers belongs to the suite that loads it.
  const load = createRequire(import.meta.url)
  for (const path of paths) {
    describe(path, () => {
      after(endFile)
      load(resolve(path))
    })
  }
}
