import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { Script } from 'node:vm'
import { operationsOf } from '#src/reference/operation.ts'
import { openSchemaBook } from '#src/reference/schema-book.ts'
import { exampleBodyOf, snippetsOf } from '#src/reference/snippets.ts'
import { routes } from '#src/routes.ts'
import { programOrSkip } from '#test/support/programs.ts'
import { onSite } from '#test/support/site.ts'

const book = openSchemaBook()
const operations = operationsOf(routes)
const written = operations.map((operation) => ({ id: operation.id, ...snippetsOf(operation, book) }))

test('every example body of the API reference is valid for its call', () => {
  const wrong = operations.flatMap((operation) => {
    const example = exampleBodyOf(operation, book)
    const result = example && operation.route.endpoint.body?.safeParse(example)
    return result?.success === false ? [[operation.id, example, result.error.issues]] : []
  })
  assert.deepEqual(wrong, [])
})

test('the JavaScript of every call parses', () => {
  for (const { id, javascript } of written)
    assert.doesNotThrow(() => new Script(`async () => { ${javascript} }`), id)
})

test('the shell commands of every call parse', () => {
  const shell = spawnSync('sh', ['-n'], {
    input: written.map(({ curl }) => curl).join('\n'),
    encoding: 'utf8',
  })
  assert.deepEqual([shell.status, shell.stderr], [0, ''])
})

test('the Python of every call parses', (t) => {
  const python3 = programOrSkip('python3', t)
  if (python3 === undefined) return
  const input = written.map(({ python }) => python).join('\n')
  const parsed = spawnSync(python3, ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'], {
    input,
    encoding: 'utf8',
  })
  assert.deepEqual([parsed.status, parsed.stderr], [0, ''])
})

test('the example of a sign-in is a command that a reader can run', () => {
  const { curl } = written.find(({ id }) => id === 'post_auth_signin') ?? {}
  assert.equal(
    curl,
    `curl -X POST "$SIGIL/api/v1/auth/signin" \\
  --json '{"login":"ada@example.org","password":"plum tarot window 42"}'`,
  )
})

onSite('the index for language models', ({ browser, url }) => {
  test('llms.txt links every call of the API to its section in the reference', async () => {
    const { status, headers, text } = await browser().get('/llms.txt')
    assert.deepEqual([status, headers['content-type']], [200, 'text/plain; charset=utf-8'])
    assert.match(text, /^# Sigil\n\n> /)
    const page = await browser().get('/docs')
    const ids = [...text.matchAll(/\/docs#(\w+)\)/g)].map(([, id]) => id)
    assert.ok(ids.length > 80)
    for (const id of ids) assert.ok(page.text.includes(` id="${id}"`), id)
    assert.ok(text.includes(`${url()}/openapi.json`))
  })
})
