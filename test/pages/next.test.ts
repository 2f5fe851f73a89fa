import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { hereOf, safeNext } from '#src/pages/next.ts'

const ours = 'https://sigil.example'

const theirs = [
  'https://evil.example',
  'https://sigil.example',
  'https://sigil.example//evil.example',
  'https://sigil.example/\\evil.example',
  'https://sigil.example@evil.example/',
  'https://sigil.example.evil.example/',
  'http://sigil.example/account',
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '/\\/evil.example',
  '/path\\..\\evil',
  '/\t/evil.example',
  '/\n/evil.example',
  '/\r\nLocation: https://evil.example',
  '/\u0000/evil.example',
  '/.//evil.example',
  '/..//evil.example',
  '/a/..//evil.example',
  '/%2e//evil.example',
  '/x/%2e%2e//evil.example',
  '/\u200b/evil.example',
  '\t//evil.example',
  ' /account',
  'account',
  'javascript:alert(1)',
  'data:text/html,hi',
  '?next=/',
  '#top',
  '',
  '/\ud800',
  `/${'a'.repeat(2000)}`,
]

test('only a path of our own origin is a safe destination', () => {
  for (const path of theirs) assert.equal(safeNext(ours, path), undefined, JSON.stringify(path))
  for (const path of [undefined, null, 5, ['/account'], { toString: () => '/account' }]) {
    assert.equal(safeNext(ours, path), undefined)
  }
})

test('a safe destination keeps its query and fragment', () => {
  for (const path of ['/', '/account', '/a/b?c=d&e=f#g', '/a?next=https://example.org//x', '/%2F%2Fx']) {
    assert.equal(safeNext(ours, path), path)
  }
  assert.equal(safeNext(ours, '/имя'), '/%D0%B8%D0%BC%D1%8F')
  assert.equal(safeNext(ours, '/a/../b'), '/b')
  assert.equal(safeNext(ours, 'https://sigil.example/app/?a=b#c'), '/app/?a=b#c')
})

test('every safe destination resolves to our own origin, and so does its result', () => {
  const piece = fc.constantFrom(
    '/',
    '\\',
    '.',
    '..',
    '//',
    'evil.example',
    ':',
    '@',
    '%2f',
    '%5c',
    '\t',
    'é',
    '?',
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 8 }), (pieces) => {
      const path = safeNext(ours, `/${pieces.join('')}`)
      if (path === undefined) return
      assert.equal(new URL(path, ours).origin, ours)
      assert.match(path, /^\/(?!\/)[\x21-\x7e]*$/)
      assert.equal(safeNext(ours, path), path)
    }),
    { numRuns: 2000 },
  )
})

test('the destination after sign-in is the path and query of the page', () => {
  assert.equal(hereOf({ path: '/account', query: {} }), '/account')
  assert.equal(hereOf({ path: '/a', query: { b: 'c d', e: ['f', '&'] } }), '/a?b=c+d&e=f&e=%26')
  assert.equal(hereOf({ path: '/a', query: { b: undefined } }), '/a')
})
