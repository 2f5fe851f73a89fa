import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { mutations } from '#test/mutations/all.ts'
import { headingsOf } from '#test/support/guides.ts'
import { mutated } from '#test/support/mutated-tree.ts'

const page = readFileSync('docs/operating/security.md', 'utf8')

test('every guard that can be taken out is where it is said to be', () => {
  for (const mutation of mutations) mutated(mutation.without, mutation)
  const names = mutations.map(({ without }) => without)
  assert.equal(new Set(names).size, names.length)
})

test('every test that must notice is there', () => {
  for (const { caughtBy, without } of mutations) {
    const { file, name } = caughtBy
    assert.ok(existsSync(file), file)
    // The rest of the name of one of several may come from their table.
    const start = name.split(' ').slice(0, 2).join(' ')
    assert.ok(readFileSync(file, 'utf8').includes(start), `${without}: ${file} has no test "${start}"`)
  }
})

test('every promise has a guard that was taken out, and is told with it', () => {
  const promises = headingsOf(page)
    .filter((heading) => heading.startsWith('## '))
    .map((heading) => heading.slice(3))
  assert.deepEqual([...new Set(mutations.map(({ promise }) => promise))].sort(), promises.sort())
  const sections = page.split(/^## /m)
  for (const { promise, without, caughtBy } of mutations) {
    const section = sections.find((one) => one.startsWith(`${promise}\n`)) ?? ''
    const text = section.replaceAll(/\s+/g, ' ')
    assert.ok(text.includes(without), `${promise} does not tell of "${without}"`)
    assert.ok(text.includes(caughtBy.file), `${promise} does not tell of ${caughtBy.file}`)
  }
})
