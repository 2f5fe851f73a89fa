import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { mutations } from '#test/mutations/all.ts'
import { type Catcher, mutate } from '#test/mutations/mutation.ts'
import { plainTree, treeWith } from '#test/support/mutated-tree.ts'

/*
 * Removes one guard after another in a copy of the tree, and runs the tests that must then fail. In an
 * unchanged copy they must pass. `--test-name-pattern` selects some of the guards.
 */

const maxMs = 90_000

type Outcome = { passed: number; failed: number; output: string }

const plain = plainTree('unchanged')
after(() => plain.remove())
const unchanged = new Map<string, Promise<Outcome>>()

describe('mutations', { concurrency: 2 }, () => {
  for (const mutation of mutations) {
    test(`a test fails without the guard: ${mutation.without}`, async () => {
      const { file, on } = mutation.caughtBy
      const before = unchanged.get(`${file} ${on}`) ?? run(plain.root, mutation.caughtBy)
      unchanged.set(`${file} ${on}`, before)
      const { passed, failed, output } = await before
      assert.ok(passed > 0 && failed === 0, `${file} must pass as it is.\n${output}`)

      const { path, text } = mutate(mutation)
      const tree = treeWith(mutation.without, path, text)
      try {
        const mutated = await run(tree.root, mutation.caughtBy)
        assert.ok(mutated.failed > 0, `${file} passes without the guard in ${path}.`)
        // Code that does not run proves nothing about the guard.
        assert.doesNotMatch(mutated.output, /SyntaxError|ReferenceError|ERR_MODULE_NOT_FOUND/)
      } finally {
        tree.remove()
      }
    })
  }
})

/** Runs a test file in a tree and counts the passed tests and the tests that failed themselves. */
async function run(root: URL, { file, on }: Catcher): Promise<Outcome> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const names = on === undefined ? [] : [`--test-name-pattern=\\(${on}\\)`]
  // In one process, so that one that never ends without a guard can be killed.
  const flags = ['--test', '--test-reporter=tap', '--test-isolation=none', '--test-force-exit', ...names]
  const child = spawn(process.execPath, [...flags, file], {
    cwd: fileURLToPath(root),
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: maxMs,
    killSignal: 'SIGKILL',
    // More random cases than usual, so that a guard is not missed by chance.
    env: { ...env, SIGIL_TEST_RUNS: '200', ...(on === 'sqlite' ? { SIGIL_TEST_POSTGRES_URL: '' } : {}) },
  })
  const output = (await child.stdout.setEncoding('utf8').toArray()).join('')
  const failures = output.match(/failureType: '(?:testCodeFailure|unhandledRejection)'/g)?.length ?? 0
  const passed = Number(/^# pass (\d+)$/m.exec(output)?.[1] ?? 0)
  return { passed, failed: failures + (child.killed ? 1 : 0), output }
}
