import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { mutations } from '#test/mutations/all.ts'
import type { Catcher, Mutation } from '#test/mutations/mutation.ts'
import { mutatedTree, plainTree } from '#test/support/mutated-tree.ts'
import { startPostgres } from '#test/support/postgres-server.ts'

/**
 * `make mutations`, or `node test/mutations/run.ts WORDS`: takes out one guard after the other, in a copy of
 * the tree, and tells whether the test that is named notices. First each of these tests must pass where
 * nothing was taken out. Words choose the guards that have all of them in what is said of them.
 */
async function run(words: readonly string[]): Promise<number> {
  const chosen = mutations.filter((one) => words.every((word) => JSON.stringify(one).includes(word)))
  if (chosen.length === 0) throw new Error(`No mutation says ${words.join(' and ')}.`)
  const postgres = await startPostgres()
  let wrong = 0
  const tell = (isRight: boolean, line: string) => {
    process.stdout.write(`${isRight ? 'ok  ' : 'NOT '} ${line}\n`)
    if (!isRight) wrong++
  }
  try {
    const plain = plainTree('nothing')
    const catchers = new Map(chosen.map(({ caughtBy }) => [JSON.stringify(caughtBy), caughtBy]))
    await inTurns([...catchers.values()], async (catcher) => {
      const ended = await judged(plain.root, catcher, postgres.url)
      if (ended !== 'passed') tell(false, `passes as it is: ${sayingOf(catcher)} (${ended})`)
    })
    plain.remove()
    await inTurns(chosen, async (mutation) => {
      const tree = mutatedTree(mutation.without, mutation)
      const ended = await judged(tree.root, mutation.caughtBy, postgres.url)
      tree.remove()
      tell(ended === 'failed', `${sayingOfMutation(mutation)} (${ended})`)
    })
  } finally {
    await postgres.stop()
  }
  process.stdout.write(`${chosen.length} guards were taken out; ${wrong} things are not as they should be.\n`)
  return wrong === 0 ? 0 : 1
}

function sayingOf({ file, name, on }: Catcher): string {
  return `${file} "${name}"${on === undefined ? '' : ` (${on})`}`
}

function sayingOfMutation({ promise, without, caughtBy }: Mutation): string {
  return `${promise}: without "${without}": ${sayingOf(caughtBy)}`
}

/** Two at a time, for that is how many cores there are at least. */
async function inTurns<T>(all: readonly T[], act: (one: T) => Promise<void>): Promise<void> {
  const waiting = [...all]
  const worker = async () => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) await act(one)
  }
  await Promise.all([worker(), worker()])
}

type Ended = 'passed' | 'failed' | 'did not run' | 'broke before its test began'

const patienceMs = 120_000

/** How the named test ended: only a failure of its own counts as one, and a hook that failed does not. */
async function judged(root: URL, { file, name, on }: Catcher, postgresUrl: string): Promise<Ended> {
  const pattern = `${on === undefined ? '' : `\\(${on}\\).*`}${escaped(name)}`
  const flags = ['--test', '--test-reporter=tap', `--test-timeout=${patienceMs}`]
  const child = spawn(process.execPath, [...flags, `--test-name-pattern=${pattern}`, file], {
    cwd: fileURLToPath(root),
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      // What finds by chance is given chance enough.
      SIGIL_TEST_RUNS: '200',
      ...(on === 'sqlite' ? { SIGIL_TEST_POSTGRES_URL: '' } : { SIGIL_TEST_POSTGRES_URL: postgresUrl }),
    },
  })
  const tap = (await child.stdout.setEncoding('utf8').toArray()).join('')
  return endOf(tap, name)
}

function endOf(tap: string, name: string): Ended {
  const form = new RegExp(`^ *(ok|not ok) \\d+ - (${escaped(name)}.*)\\n([^]*?)^ *\\.\\.\\.$`, 'gm')
  const ends = [...tap.matchAll(form)].filter(([, , said = '']) => !said.includes('# SKIP'))
  // A promise that failed with nobody looking is the failure of the test that it happened in.
  const isItsOwn = (why: string) => /testCodeFailure|unhandledRejection/.test(why)
  if (ends.some(([, word, , why = '']) => word === 'not ok' && isItsOwn(why))) return 'failed'
  if (ends.some(([, word]) => word === 'not ok')) return 'broke before its test began'
  return ends.length > 0 ? 'passed' : 'did not run'
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

process.exitCode = await run(process.argv.slice(2))
