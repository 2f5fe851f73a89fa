import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { batchesOf, divided, filesIn, isBatch } from '#test/support/batches.ts'

function folderOf(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'sigil-test-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) {
    const head = `import assert from 'node:assert'; import { after, before, describe, test } from 'node:test'`
    writeFileSync(join(folder, name), `${head}\n\n${text}`)
  }
  return folder
}

/** Runs the files in one batch and returns what the reporter printed. */
function reportOf(files: Record<string, string>): { code: number | null; lines: string[]; text: string } {
  const folder = folderOf(files)
  const batches = batchesOf(
    Object.keys(files).map((name) => join(folder, name)),
    1,
  )
  after(() => batches.remove())
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const reporter = import.meta.resolve('#test/support/reporter.ts')
  const { status, stdout } = spawnSync(
    process.execPath,
    ['--test', `--test-reporter=${reporter}`, ...batches.entries],
    { cwd: folder, env, encoding: 'utf8' },
  )
  return { code: status, lines: stdout.trimEnd().split('\n'), text: stdout.replaceAll(`${folder}/`, '') }
}

test('batches contain every file once, in order, and the last ones are small', () => {
  const files = Array.from({ length: 100 }, (_, at) => `${at}`)
  const batches = divided(files, 3)
  assert.deepEqual(batches.flat(), files)
  const sizes = batches.map(({ length }) => length)
  assert.deepEqual(
    sizes,
    sizes.toSorted((one, other) => other - one),
  )
  assert.deepEqual([sizes[0], sizes.at(-2)], [16, 3])
  assert.deepEqual(divided(['a', 'b', 'c'], 3), [['a'], ['b'], ['c']])
})

test('files that change or measure the process have one of their own', () => {
  const folder = folderOf({
    'a.mjs': '',
    'b.mjs': '',
    'env.mjs': `process.env.TZ = 'UTC'`,
    'cpu.mjs': 'process.cpuUsage()',
    'wait.mjs': 'const one = await 1',
    'matrix.test.ts': '',
    'c.mjs': '',
  })
  const { entries, remove } = batchesOf(
    ['a', 'b', 'env', 'cpu', 'wait', 'c']
      .map((name) => join(folder, `${name}.mjs`))
      .concat(`${folder}/matrix.test.ts`),
    1,
  )
  after(remove)
  const [batch = '', ...alone] = entries
  assert.ok(isBatch(batch))
  assert.deepEqual(
    filesIn(batch),
    ['a', 'b', 'c'].map((name) => join(folder, `${name}.mjs`)),
  )
  assert.deepEqual(alone, [
    ...['env', 'cpu', 'wait'].map((name) => join(folder, `${name}.mjs`)),
    `${folder}/matrix.test.ts`,
  ])
})

test('hooks of a file in a batch are run before and after the tests of that file only', () => {
  const { code, lines, text } = reportOf({
    'a.mjs': `before(() => { globalThis.steps = ['before a'] })
      after(() => steps.push('after a'))
      test('a', () => { steps.push('a'); after(() => steps.push('after the test')) })`,
    'b.mjs': '',
    'c.mjs': `test('c', () => assert.deepEqual(steps, ['before a', 'a', 'after the test', 'after a']))`,
  })
  assert.equal(code, 1, text)
  assert.deepEqual(lines.at(-1), '2 passed, 1 failed, 0 skipped', text)
  assert.match(text, /^FAILED b\.mjs: the file\n {2}It has no test\.$/m)
  assert.match(text, /^Slowest: .*\b[abc]\.mjs \d/m)
})

test('a failure in a batch has its place and the output of its process', () => {
  const { code, text, lines } = reportOf({
    'a.mjs': `describe('suite', () => { test('breaks', () => {
      console.log('printed before'); throw new Error('on purpose') }) })`,
    'b.mjs': `throw new Error('while it loads')`,
    'c.mjs': `test('c', () => {})`,
  })
  assert.equal(code, 1)
  assert.equal(lines.at(-1), '1 passed, 2 failed, 0 skipped', text)
  assert.match(text, /^FAILED a\.mjs:3: suite > breaks$/m)
  assert.match(text, /^FAILED b\.mjs: the file\n {2}Error: while it loads$/m)
  assert.match(text, /^Output of a\.mjs, b\.mjs and files beside it:\n {2}printed before$/m)
})

test('a process that ends in the middle of a batch names the file, and those that were not run', () => {
  const { code, text, lines } = reportOf({
    'a.mjs': `test('a', () => {})`,
    'b.mjs': `test('b', () => setTimeout(() => process['exit'](3), 20))
      test('c', () => new Promise(() => {}))`,
    'c.mjs': `test('d', () => {})`,
  })
  assert.equal(code, 1)
  assert.match(
    text,
    /^FAILED b\.mjs: the file\n {2}The process ended with exit code 3\.\n {2}Not run: c\.mjs$/m,
  )
  assert.match(lines.at(-1) ?? '', /^\d passed, [1-9] failed, 0 skipped$/)
})
