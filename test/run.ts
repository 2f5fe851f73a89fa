import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { batchesOf } from '#test/support/batches.ts'
import { fastestFolder } from '#test/support/fastest-folder.ts'
import { startPostgres } from '#test/support/postgres-server.ts'

/**
 * `npm test [-- --long] [files, folders, patterns and flags of node --test]`: all tests except
 * `*.long.test.ts`, or with `--long` only those. Tests on PostgreSQL use a server that lives as long as the
 * run, or the one at SIGIL_TEST_POSTGRES_URL. A run of all tests also fails if no test has received an error
 * code or seen a route succeed.
 */
async function run(words: readonly string[]): Promise<number> {
  const isLong = words.includes('--long')
  const paths = words.filter(isPath)
  const flags = words.filter((word) => word !== '--long' && !isPath(word))
  const files = paths.length > 0 ? testsIn(paths) : allTests().filter((file) => isLongTest(file) === isLong)
  if (files.length === 0) throw new Error(`There is no test in ${paths.join(', ')}.`)

  // From now on a signal ends only the tests, so the database server is always stopped.
  const ended = new AbortController()
  process.on('SIGINT', () => ended.abort()).on('SIGTERM', () => ended.abort())
  const configured = process.env.SIGIL_TEST_POSTGRES_URL
  const started = configured ? undefined : await startPostgres()
  try {
    // Long tests need the machine to themselves: they load it, or measure time.
    // One more than there are processors: tests wait for each other's servers, timers and disks.
    const concurrency = isLong ? 1 : availableParallelism() + 1
    const isPartial = flags.some((flag) => partial.test(flag))
    const batches = isLong || isPartial ? { entries: files, remove: () => {} } : batchesOf(files, concurrency)
    const args = [`--test-concurrency=${concurrency}`, ...flags, ...batches.entries]
    const env = {
      SIGIL_TEST_POSTGRES_URL: configured ?? started?.url ?? '',
      SIGIL_TEST_FILES: String(files.length),
    }
    const isComplete = !isLong && paths.length === 0 && !isPartial
    try {
      return isComplete ? await runAll(args, env, ended.signal) : await runNode(args, env, ended.signal)
    } finally {
      batches.remove()
    }
  } finally {
    await started?.stop()
  }
}

/** Flags that leave tests out. */
const partial = /^--test-(?:name-pattern|skip-pattern|only|shard)/

async function runAll(args: readonly string[], env: NodeJS.ProcessEnv, ended: AbortSignal): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'sigil-answers-'))
  try {
    const code = await runNode(args, { ...env, SIGIL_TEST_ANSWERS: folder }, ended)
    if (code !== 0) return code
    const { unseenIn } = await import('#test/support/answers-seen.ts')
    const unseen = unseenIn(folder)
    for (const line of unseen) process.stderr.write(`${line}\n`)
    return unseen.length > 0 ? 1 : 0
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const compiled = fileURLToPath(new URL('../.cache/compiled', import.meta.url))

async function runNode(args: readonly string[], env: NodeJS.ProcessEnv, ended: AbortSignal): Promise<number> {
  const defaults = ['--test', `--test-reporter=${import.meta.resolve('#test/support/reporter.ts')}`]
  if (ended.aborted) return 1
  const node = spawn(process.execPath, [...defaults, ...args], {
    stdio: 'inherit',
    // Each file is a separate process; most of its start time is stripping types, which this saves.
    env: { ...process.env, NODE_COMPILE_CACHE: compiled, TMPDIR: fastestFolder(4), ...env },
  })
  ended.addEventListener('abort', () => node.kill('SIGTERM'))
  const [code] = await once(node, 'exit')
  return typeof code === 'number' ? code : 1
}

function isPath(word: string): boolean {
  return !word.startsWith('-') && (existsSync(word) || /\.[jt]s$/.test(word))
}

function allTests(): string[] {
  return globSync(['test/**/*.test.ts', 'sdk/**/*.test.ts'], {
    exclude: ['**/node_modules/**', '**/dist/**'],
  }).sort()
}

/** A folder means its tests except long ones; a long test runs if it is named. */
function testsIn(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    const isFile = /\.[jt]s$/.test(path)
    const found = globSync(isFile ? path : `${path}/**/*.test.ts`).sort()
    return isFile ? found : found.filter((file) => !isLongTest(file))
  })
}

function isLongTest(file: string): boolean {
  return file.endsWith('.long.test.ts')
}

process.exitCode = await run(process.argv.slice(2))
