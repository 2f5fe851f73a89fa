import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, test } from 'node:test'
import { programOrSkip } from '#test/support/programs.ts'

const { PATH, SIGIL_TEST_REQUIRE } = process.env
const empty = mkdtempSync(join(tmpdir(), 'sigil-programs-'))

function fakeTest(): { skipped: string[]; skip(reason?: string): void } {
  const skipped: string[] = []
  return { skipped, skip: (reason = '') => skipped.push(reason) }
}

afterEach(() => {
  Object.assign(process.env, { PATH, SIGIL_TEST_REQUIRE: SIGIL_TEST_REQUIRE ?? '' })
})

test('an installed program is found, and the test is not skipped', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sigil-programs-'))
  writeFileSync(join(folder, 'spin'), '#!/bin/sh\n', { mode: 0o755 })
  Object.assign(process.env, { PATH: folder, SIGIL_TEST_REQUIRE: 'spin' })
  const t = fakeTest()
  assert.equal(programOrSkip('spin', t), join(folder, 'spin'))
  assert.deepEqual(t.skipped, [])
})

test('a test whose program is missing is skipped', () => {
  Object.assign(process.env, { PATH: empty, SIGIL_TEST_REQUIRE: 'nginx' })
  const t = fakeTest()
  assert.equal(programOrSkip('spin', t), undefined)
  assert.match(t.skipped.join(), /^spin was not found\./)
})

test('a test whose program is missing and required fails', () => {
  Object.assign(process.env, { PATH: empty, SIGIL_TEST_REQUIRE: 'nginx,spin' })
  const t = fakeTest()
  assert.throws(() => programOrSkip('spin', t), /spin is required here and was not found/)
  assert.deepEqual(t.skipped, [])
})
