import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { commands } from '#src/cli/table.ts'
import { nameOf, rowOf, settingKeys } from '#src/settings/table.ts'

const dockerfile = readFileSync('Dockerfile', 'utf8')
const files = [
  'Dockerfile',
  'compose.yaml',
  'deploy/compose.postgres.yaml',
  'deploy/systemd/sigil.service',
  'deploy/helm/sigil/templates/sigil.yaml',
]

test('the image copies files that exist and are not ignored', () => {
  const copied = [...dockerfile.matchAll(/^COPY (?!--)(.+) \S+$/gm)].flatMap(([, sources = '']) =>
    sources.split(' '),
  )
  const wanted = readFileSync('.dockerignore', 'utf8').match(/^!.*$/gm) ?? []
  assert.ok(copied.length > 5)
  for (const source of copied) {
    assert.ok(existsSync(source), source)
    assert.ok(
      wanted.some((line) => line === `!${source}` || line.startsWith(`!${source}/`)),
      `${source} is ignored`,
    )
  }
  for (const line of wanted) assert.ok(existsSync(line.slice(1).replace(/\*.*/, '')), line)
})

test('the deployment files use commands that exist', () => {
  const names = commands.map(({ name }) => name)
  const said = [...dockerfile.matchAll(/bin\/sigil (\w+)|"sigil", "(\w+)"|^CMD \["(\w+)"\]/gm)]
  assert.equal(said.length, 4)
  for (const [, first, second, third] of said) assert.ok(names.includes(first ?? second ?? third ?? ''))
})

test('the deployment files use settings that exist, and no secrets', () => {
  const names = settingKeys.map(nameOf)
  const secrets = settingKeys.filter((key) => rowOf(key).secret).map(nameOf)
  for (const file of files) {
    const text = readFileSync(file, 'utf8')
    for (const [said] of text.matchAll(/\bSIGIL_[A-Z_]+/g)) {
      const isFile = secrets.some((name) => said === `${name}_FILE`)
      assert.ok(names.includes(said) || isFile, `${file} says ${said}`)
      assert.ok(!secrets.includes(said), `${file} gives a value to ${said}`)
    }
  }
})
