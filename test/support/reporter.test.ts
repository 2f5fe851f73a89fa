import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

const reporter = import.meta.resolve('#test/support/reporter.ts')

/** Runs test files of these texts and returns what the reporter printed. */
function reportOf(files: Record<string, string>): { code: number | null; lines: string[]; text: string } {
  const folder = mkdtempSync(join(tmpdir(), 'sigil-test-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(
      join(folder, `${name}.test.mjs`),
      `import { before, describe, test } from 'node:test'\n${text}`,
    )
  }
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const names = Object.keys(files).map((name) => `${name}.test.mjs`)
  const { status, stdout } = spawnSync(
    process.execPath,
    ['--test', `--test-reporter=${reporter}`, '--test-concurrency=1', ...names],
    { cwd: folder, env, encoding: 'utf8' },
  )
  return { code: status, lines: stdout.trimEnd().split('\n'), text: stdout }
}

test('the reporter ends with the counts on a separate line, after skipped tests and slowest files', () => {
  const { code, lines } = reportOf({
    one: `test('a', () => {}); test('b', { skip: 'no nginx' }, () => {})`,
    two: `describe('suite', () => { test('c', () => {}) })`,
  })
  assert.equal(code, 0)
  assert.equal(lines.at(-1), '2 passed, 0 failed, 1 skipped')
  assert.match(lines.at(-3) ?? '', /^Slowest: (?:one|two)\.test\.mjs \d/)
  assert.equal(lines.at(-4), 'Skipped 1: no nginx')
})

test('the reporter prints a failure with its location, its reason and the output of its file', () => {
  const { code, lines, text } = reportOf({
    good: `test('quiet', () => { console.log('of no interest') })`,
    bad: `describe('suite', () => {
      test('breaks', () => { console.log('printed before'); throw new Error('on purpose') })
    })`,
  })
  assert.equal(code, 1)
  assert.equal(lines.at(-1), '1 passed, 1 failed, 0 skipped')
  assert.equal(text.match(/^FAILED bad\.test\.mjs:3: suite > breaks$/gm)?.length, 2)
  assert.match(text, /Error: on purpose/)
  assert.match(text, /Output of bad\.test\.mjs:\n {2}printed before/)
  assert.ok(!text.includes('of no interest') && !text.includes('node:internal'), text)
})

test('the reporter counts a failed hook, an early exit and an error after a test as failures', () => {
  for (const [text, reason] of [
    [
      `describe('suite', () => { before(() => { throw new Error('hook') }); test('a', () => {}) })`,
      /Error: hook/,
    ],
    ['process.exit(3)', /ended with exit code 3/],
    [`test('a', () => { setTimeout(() => { throw new Error('late') }, 5) })`, /after the test ended/],
  ] as const) {
    const report = reportOf({ one: text })
    assert.equal(report.code, 1, text)
    assert.match(report.text, reason)
    assert.match(report.lines.at(-1) ?? '', /^\d passed, [1-9] failed, 0 skipped$/)
  }
})

test('the reporter fails a file that has no test', () => {
  const { code, text } = reportOf({ empty: '', one: `test('a', () => {})` })
  assert.equal(code, 1)
  assert.match(text, /FAILED empty\.test\.mjs: the file\n {2}It has no test\./)
})
