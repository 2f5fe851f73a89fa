import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from '#test/support/postgres-server.ts'

/**
 * `npm test [-- files, folders, patterns and flags of node --test]`: the tests on both engines, with a
 * PostgreSQL that is stopped after the run, or the one at SIGIL_TEST_POSTGRES_URL. A run of all tests also
 * fails if no test has received an error code or seen a route succeed.
 */
async function run(words: readonly string[]): Promise<number> {
  const files = words.filter(isFile)
  const flags = words.filter((argument) => !isFile(argument))
  const patterns = files.length > 0 ? files.map(filesIn) : ['test/**/*.test.ts', 'sdk/**/*.test.ts']
  const found = globSync(patterns, { exclude: ['**/node_modules/**', '**/dist/**'] }).sort()
  if (found.length === 0) throw new Error(`There is no test in ${patterns.join(', ')}.`)

  // From here on a signal only ends the tests, so that PostgreSQL is always stopped.
  const ended = new AbortController()
  process.on('SIGINT', () => ended.abort()).on('SIGTERM', () => ended.abort())
  const external = process.env.SIGIL_TEST_POSTGRES_URL
  const own = external ? undefined : await startPostgres()
  try {
    const args = [...flags, ...found]
    const env = { SIGIL_TEST_POSTGRES_URL: external ?? own?.url ?? '' }
    const isComplete = files.length === 0 && !flags.some((flag) => partial.test(flag))
    return isComplete ? await runAll(args, env, ended.signal) : await runNode(args, env, ended.signal)
  } finally {
    await own?.stop()
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

async function runNode(args: readonly string[], env: NodeJS.ProcessEnv, ended: AbortSignal): Promise<number> {
  const defaults = ['--test', '--test-reporter=spec', `--test-concurrency=${availableParallelism()}`]
  if (ended.aborted) return 1
  const node = spawn(process.execPath, [...defaults, ...args], {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  ended.addEventListener('abort', () => node.kill('SIGTERM'))
  const [code] = await once(node, 'exit')
  return typeof code === 'number' ? code : 1
}

function isFile(argument: string): boolean {
  return !argument.startsWith('-') && (existsSync(argument) || /\.[jt]s$/.test(argument))
}

function filesIn(argument: string): string {
  return /\.[jt]s$/.test(argument) ? argument : `${argument}/**/*.test.ts`
}

process.exitCode = await run(process.argv.slice(2))
