import assert from 'node:assert/strict'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readArguments } from '#src/cli/arguments.ts'
import { examples } from '#src/cli/examples.ts'
import { mayCreate } from '#src/cli/existing-database.ts'
import { commands } from '#src/cli/table.ts'
import { command, commandJson } from '#test/support/command.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { goodPassword } from '#test/support/people.ts'
import { masterKey } from '#test/support/sigil.ts'

const served = commands.filter((one) => one.needs !== 'nothing')

/** The words of the example of a command, without quotes. */
function wordsOf(name: string): string[] {
  return [...(examples[name] ?? '').matchAll(/"([^"]*)"|(\S+)/g)].map(
    ([, quoted, word]) => quoted ?? word ?? '',
  )
}

test('only these commands create a database', () => {
  const creating = served.filter((one) => mayCreate(one, {})).map(({ name }) => name)
  assert.deepEqual(creating.toSorted(), ['admin create', 'import', 'import users', 'migrate', 'restore'])
  const rehearsing = served.filter((one) => mayCreate(one, { 'dry-run': true, status: true }))
  assert.deepEqual(rehearsing.map(({ name }) => name).toSorted(), ['admin create', 'import', 'restore'])
})

onBothEngines('commands where there is no database', ({ dialect, emptyPlace }) => {
  test('a command on existing data names the setting and creates nothing', async () => {
    const place = await emptyPlace()
    const file = join(place.dataDir, 'users.jsonl')
    writeFileSync(file, '')
    const needsTables = served.filter((one) => one.needs === 'world' && !mayCreate(one, { 'dry-run': true }))
    assert.ok(needsTables.length > 40)
    for (const { name } of needsTables) {
      const words = wordsOf(name).map((word) => (word === 'users.jsonl' ? file : word))
      const read = readArguments(commands, words)
      assert.equal(read.kind, 'command', name)
      const input = name === 'key reseal' ? masterKey : goodPassword
      const { code, stderr } = await command(words, { place, input })
      assert.match(
        stderr,
        /^There is no Sigil database (?:in .+ \(SIGIL_DATA_DIR\)\.|at .+ in SIGIL_DATABASE_URL)/,
        name,
      )
      assert.equal(code, 3, name)
    }
    assert.deepEqual(readdirSync(place.dataDir), ['users.jsonl'])
  })

  test('apps plan, apps apply and doctor create no database', async () => {
    const place = await emptyPlace()
    const file = join(place.dataDir, 'apps.json')
    writeFileSync(file, '{}')
    for (const verb of ['plan', 'apply']) {
      const { code, said } = await commandJson(['apps', verb, file], { place })
      assert.deepEqual([code, said.error.code], [3, 'no_database'])
    }
    await command(['doctor', '--dev'], { place })
    assert.deepEqual(readdirSync(place.dataDir), ['apps.json'])
  })

  if (dialect === 'postgres') return
  test('an empty database file counts as no database', async () => {
    const place = await emptyPlace()
    writeFileSync(join(place.dataDir, 'sigil.db'), '')
    const { code, said } = await commandJson(['user', 'list'], { place })
    assert.deepEqual([code, said.error.code], [3, 'no_database'])
  })
})
