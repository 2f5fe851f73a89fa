import assert from 'node:assert/strict'
import { test } from 'node:test'
import { selection } from '#test/browser/pictures.ts'
import { consolePages } from '#test/support/console-pages.ts'
import { everyPage } from '#test/support/every-page.ts'
import { stagedPages } from '#test/support/staged-pages.ts'

const staged = new Set(stagedPages.flatMap(({ routes }) => routes))
const filled = {
  ...{ email: '', userId: 'user', clientId: 'client', apiName: 'api', verifierName: 'verifier' },
  deliveryId: 'delivery',
}

test('every page has a picture, or is a file or a redirect', () => {
  const withoutPicture = Object.entries(everyPage)
    .filter(([path, visit]) => 'not' in visit && visit.not.startsWith('It needs') && !staged.has(path))
    .map(([path]) => path)
  assert.deepEqual(withoutPicture, [])
})

test('every page of the console has a picture', () => {
  const withoutPicture = Object.entries(consolePages(filled))
    .filter(([route, paths]) => paths.length === 0 && !staged.has(route))
    .map(([route]) => route)
  assert.deepEqual(withoutPicture, [])
})

test('each picture has its own name', () => {
  const names = stagedPages.map(({ name }) => name)
  assert.deepEqual(names, [...new Set(names)])
})

test('words select pictures by their names, and looks by the whole name', () => {
  const { looks, has } = selection(['dark-320', 'consent'], ['light-1280', 'dark-320'])
  assert.deepEqual(looks, ['dark-320'])
  assert.deepEqual([has({ name: 'hosts-consent' }), has({ name: 'account' })], [true, false])
  const all = selection([], ['light-1280', 'dark-320'])
  assert.deepEqual([all.looks, all.has({ name: 'account' })], [['light-1280', 'dark-320'], true])
})
