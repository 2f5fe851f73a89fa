import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { startPostgres } from '#test/support/postgres-server.ts'

/**
 * `npm test [-- files, folders, patterns and flags of node --test]`: every test, on both engines, with a
 * PostgreSQL that lives as long as the run, or the one that SIGIL_TEST_POSTGRES_URL names.
 */
async function run(words: readonly string[]): Promise<number> {
  const files = words.filter(isFile)
  const flags = words.filter((argument) => !isFile(argument))
  const patterns = files.length > 0 ? files.map(filesIn) : ['test/**/*.test.ts', 'sdk/**/*.test.ts']
  const found = globSync(patterns, { exclude: ['**/node_modules/**', '**/dist/**'] }).sort()
  if (found.length === 0) throw new Error(`There is no test in ${patterns.join(', ')}.`)

  // From here on a signal only ends the tests: what was started is always stopped.
  const ended = new AbortController()
  process.on('SIGINT', () => ended.abort()).on('SIGTERM', () => ended.abort())
  const given = process.env.SIGIL_TEST_POSTGRES_URL
  const own = given ? undefined : await startPostgres()
  try {
    return await runNode([...flags, ...found], given ?? own?.url ?? '', ended.signal)
  } finally {
    await own?.stop()
  }
}

async function runNode(args: readonly string[], postgresUrl: string, ended: AbortSignal): Promise<number> {
  const defaults = ['--test', '--test-reporter=spec', `--test-concurrency=${availableParallelism()}`]
  if (ended.aborted) return 1
  const node = spawn(process.execPath, [...defaults, ...args], {
    stdio: 'inherit',
    env: { ...process.env, SIGIL_TEST_POSTGRES_URL: postgresUrl },
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
