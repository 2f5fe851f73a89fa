import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sweeping } from '#test/support/sweeping.ts'

/** What `node --test` starts a process for: a test file, or a file written here that imports several. */
export type Batches = { readonly entries: readonly string[]; remove(): void }

const suffix = '.batch.mjs'

export function isBatch(entry: string): boolean {
  return entry.endsWith(suffix)
}

/** The test files that a batch imports. */
export function filesIn(batch: string): string[] {
  const [, paths = '[]'] = /^runFiles\((.*)\)$/m.exec(readFileSync(batch, 'utf8')) ?? []
  return JSON.parse(paths) as string[]
}

/**
 * Loading the server takes longer than most test files, so files share a process: one runs after another,
 * each as a suite. The first batches are large and the last ones small, so that all workers finish together.
 */
export function batchesOf(files: readonly string[], workers: number): Batches {
  const folder = mkdtempSync(join(tmpdir(), 'sigil-batches-'))
  const [shared, alone] = [files.filter((file) => !needsOwnProcess(file)), files.filter(needsOwnProcess)]
  const batches = divided(shared, workers).map((batch, place) => {
    const [first] = batch
    if (first !== undefined && batch.length === 1) return first
    // Node starts them in the order of their names.
    const entry = join(folder, `${String(place).padStart(3, '0')}${suffix}`)
    const runFiles = JSON.stringify(import.meta.resolve('#test/support/run-files.ts'))
    writeFileSync(entry, `import { runFiles } from ${runFiles}\nrunFiles(${JSON.stringify(batch)})\n`)
    return entry
  })
  return {
    entries: [...batches, ...alone],
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

const maxFiles = 16
const minFiles = 3

/** Each batch is a share of what is left. */
export function divided(files: readonly string[], workers: number): string[][] {
  const batches: string[][] = []
  for (let rest = [...files]; rest.length > 0; ) {
    const share = Math.ceil(rest.length / (2 * workers))
    const size = Math.min(maxFiles, Math.max(files.length > 2 * workers ? minFiles : 1, share))
    batches.push(rest.slice(0, size))
    rest = rest.slice(size)
  }
  return batches
}

/** What changes or measures the process itself, and what waits while it is loaded, which `require` cannot. */
const ofProcess = [
  /process\.(?:env\.\w+ = |exit\(|umask\(|chdir\(|on\(|once\(|cpuUsage\(|memoryUsage|resourceUsage)/,
  /monitorEventLoopDelay|\bmock\./,
  /^(?:const .* = )?await /m,
]

function needsOwnProcess(file: string): boolean {
  const text = readFileSync(file, 'utf8')
  return sweeping.test(file) || ofProcess.some((pattern) => pattern.test(text))
}
