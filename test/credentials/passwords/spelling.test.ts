import assert from 'node:assert/strict'
import { test } from 'node:test'
import { maxPasswordLength, normalizePassword } from '#src/credentials/passwords/password.ts'

test('the longest password is one in whatever spelling', () => {
  const composed = '\u1f82'.repeat(maxPasswordLength)
  const decomposed = composed.normalize('NFD')
  assert.equal(decomposed.length, 4 * composed.length)
  assert.equal(normalizePassword(decomposed), composed)
  assert.equal(normalizePassword('ﬁ', 'NFKC'), 'fi')
})

test('what is too long for any password is left as it is, whatever it would take to put it in order', () => {
  const marks = `a${'\u0301'.repeat(2048)}${'\u0316'.repeat(2048)}`
  for (const form of ['NFC', 'NFKC'] as const) {
    assert.notEqual(marks.normalize(form), marks)
    assert.equal(normalizePassword(marks, form), marks)
  }
})
