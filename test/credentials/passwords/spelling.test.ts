import assert from 'node:assert/strict'
import { test } from 'node:test'
import { maxPasswordLength, normalizePassword } from '#src/credentials/passwords/password.ts'

test('a password of the maximum length is accepted in every Unicode spelling', () => {
  const composed = '\u1f82'.repeat(maxPasswordLength)
  const decomposed = composed.normalize('NFD')
  assert.equal(decomposed.length, 4 * composed.length)
  assert.equal(normalizePassword(decomposed), composed)
  assert.equal(normalizePassword('ﬁ', 'NFKC'), 'fi')
})

test('input that is too long for a password is not normalized', () => {
  const marks = `a${'\u0301'.repeat(2048)}${'\u0316'.repeat(2048)}`
  for (const form of ['NFC', 'NFKC'] as const) {
    assert.notEqual(marks.normalize(form), marks)
    assert.equal(normalizePassword(marks, form), marks)
  }
})
