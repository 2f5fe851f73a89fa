import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as house from '#test/support/architecture.ts'
import { at, planted } from '#test/support/architecture-planted.ts'
import { codeOf, sourcesOf } from '#test/support/source.ts'

/**
 * The architecture, from the ground up. A file imports from its own room and from lower floors; the rooms of
 * one floor do not know each other. A room is a folder of src/, or a file there together with those named
 * `<file>-*.ts`.
 */
const floors = [
  ['clock', 'random', 'addresses', 'lines', 'json', 'spelling'],
  ['log', 'metrics', 'settings', 'refusals'],
  ['store', 'http', 'mail'],
  ['keys'],
  ['world'],
  ['audit', 'limits', 'outbox', 'email-codes'],
  ['revocations'],
  ['users'],
  ['organizations', 'sessions'],
  ['tokens'],
  ['passwords', 'passkeys', 'totp', 'upstream'],
  ['sign-in'],
  ['me', 'administration', 'oidc', 'webhooks', 'backup'],
  ['pages'],
  ['reference'],
  ['guards'],
  ['routes'],
  ['serve'],
  ['cli'],
  ['main'],
]

/** Files that may be longer than the limit, and why. */
const longFiles: Record<string, string> = {}

/** How many statements differ between the two engines. It may fall; raising it wants a reason. */
const maxPerDialect = 6

const time =
  /\bDate\.now\b|\bnew Date(?!\w)(?:\(\))?(?!\()|\bperformance\.now\b|\bhrtime\b|\bset(?:Timeout|Interval)\b/
const chance = /\bMath\.random\b|\brandom(?:Bytes|UUID|Int|Fill|FillSync)\b|\bgetRandomValues\b/
const outward = /(?<![.\w])fetch\((?!\w+: )|\bnew (?:WebSocket|EventSource)\b/
const network = /^(?:node:)?(?:net|https?|http2|tls|dns|dgram)(?:\/|$)|^undici$/
const environment = /\bprocess\.env\b|\bprocess\[|\bloadEnvFile\b/

const rules: Record<string, house.Rule> = {
  'imports from its own room and from lower floors': house.floorsHold(floors),
  'exports only what is its own, by name': house.namesEverythingOnce,
  'has a name that says what it is': house.saysWhatItIs,
  'stays small': house.staysSmall(longFiles),
  'leaves the time to clock.ts': house.onlyIn(/^src\/clock\.ts$/, time, 'asks for the time'),
  'leaves timers to clock.ts': house.importedOnlyBy(/^src\/clock\.ts$/, /^(?:node:)?timers/),
  'leaves chance to random.ts': house.onlyIn(/^src\/random\.ts$/, chance, 'asks for chance'),
  'opens no connection but to its database': house.onlyIn(
    /^src\/(?:store|cli)\//,
    outward,
    'opens a connection',
  ),
  'leaves the network to those who listen': house.importedOnlyBy(
    /^src\/(?:store|cli|http|reference)\/|^src\/(?:serve|serve-drain|addresses)\.ts$/,
    network,
  ),
  'leaves the environment to settings.ts': house.onlyIn(
    /^src\/(?:settings\.ts|main\.js)$/,
    environment,
    'reads the environment',
  ),
  'takes process from the global alone': house.importedOnlyBy(/^$/, /^(?:node:)?process$/),
  'leaves SQL to *.sql.ts and store/': house.onlyIn(/^src\/store\/|\.sql\.ts$/, /\bsql`/, 'writes SQL'),
  'leaves the tag to *.sql.ts and store/': house.importedOnlyBy(
    /^src\/store\/|\.sql\.ts$/,
    /^#src\/store\/sql\.ts$/,
  ),
  'keeps its SQL to itself': house.keepsSqlPrivate,
  'keeps nouns pure': house.nounsArePure,
  'opens no transaction beside its statements': house.onlyIn(
    /^(?!.*\.sql\.ts$|.*\/http\.ts$)/,
    /\.transaction\(/,
    'opens a transaction',
  ),
  'keeps the HTTP library in http/ and serve.ts': house.importedOnlyBy(
    /^src\/(?:http\/|serve\.ts$)/,
    /^(?:hono|@hono)(?:\/|$)/,
  ),
}

const server = sourcesOf('src/**/*.ts', 'src/main.js')
const tests = sourcesOf('test/**/*.ts', 'bench/**/*.ts', 'faults/**/*.ts', 'proofs/**/*.ts')
const sdk = sourcesOf('sdk/*/src/**/*.ts')

for (const [promise, rule] of Object.entries(rules)) {
  test(`every file of the server ${promise}`, () => {
    assert.deepEqual(server.flatMap(rule), [])
  })
}

test('no file of the server imports itself, however many files lie between', () => {
  assert.deepEqual(house.circlesIn(server), [])
})

test('tests and the SDK stay small too, and have names that say what they are', () => {
  const held = [house.staysSmall(longFiles), house.saysWhatItIs]
  assert.deepEqual(
    [...tests, ...sdk].flatMap((source) => held.flatMap((rule) => rule(source))),
    [],
  )
  assert.deepEqual(tests.flatMap(house.namesEverythingOnce), [])
})

test('what a file of the server exports, somebody takes', () => {
  const everything = [...server, ...tests, ...sdk, ...sourcesOf('docs/*.ts')]
  assert.deepEqual(house.leftOverIn(server, everything), [])
})

test('few statements differ between the engines', () => {
  const uses = server.flatMap(({ text }) => [...codeOf(text).matchAll(/(?<!function )\bperDialect\(/g)])
  assert.ok(uses.length <= maxPerDialect, `perDialect is used ${uses.length} times`)
})

test('every exception is still needed', () => {
  const long = [...server, ...tests]
    .filter(({ text }) => text.split('\n').length > 251)
    .map(({ path }) => path)
  assert.deepEqual(
    Object.keys(longFiles).filter((path) => !long.includes(path)),
    [],
  )
})

test('each room is on one floor', () => {
  assert.equal(new Set(floors.flat()).size, floors.flat().length)
})

test('nothing is left to be done in what is handed over', () => {
  const words = new RegExp(
    `\\b(?:${['TO', 'FIX', 'XX'].map((half, i) => half + ['DO', 'ME', 'X'][i]).join('|')})\\b`,
  )
  const everything = [
    ...server,
    ...tests,
    ...sourcesOf('*.md', 'docs/**/*.md', 'bin/*', '.ci/*', 'Makefile', 'sdk/**/*.ts'),
  ]
  assert.deepEqual(
    everything.filter(({ text }) => words.test(text)).map(({ path }) => path),
    [],
  )
})

for (const [promise, rule] of Object.entries(rules)) {
  test(`a breach is noticed, and what is none is not: ${promise}`, () => {
    const { bad, good } = planted[promise] ?? { bad: [], good: [] }
    assert.notEqual(bad.length * good.length, 0)
    for (const source of bad)
      assert.notDeepEqual(rule(source), [], `${source.path}: ${source.text.slice(0, 200)}`)
    for (const source of good)
      assert.deepEqual(rule(source), [], `${source.path}: ${source.text.slice(0, 200)}`)
  })
}

test('an export that nobody takes is noticed', () => {
  const kept = at('src/users/a.ts', 'export const a = 1\nexport async function b() {}\nexport type C = 1')
  const taker = at('src/users/d.ts', `import { a } from '#src/users/a.ts'`)
  assert.deepEqual(house.leftOverIn([kept], [kept, taker]), ['src/users/a.ts exports b, which nobody takes'])
  const other = at('src/users/e.ts', `import { b } from '#src/users/a.ts'`)
  assert.deepEqual(house.leftOverIn([kept], [kept, taker, other]), [])
})

test('a circle inside a room is noticed', () => {
  const circle = [
    at('src/users/a.ts', `import { b } from '#src/users/b.ts'`),
    at('src/users/b.ts', `import type { c } from '#src/users/c.ts'`),
    at('src/users/c.ts', `import { a } from '#src/users/a.ts'`),
  ]
  assert.deepEqual(house.circlesIn(circle), [
    'src/users/a.ts -> src/users/b.ts -> src/users/c.ts -> src/users/a.ts',
  ])
  assert.deepEqual(house.circlesIn(circle.slice(0, 2)), [])
})
