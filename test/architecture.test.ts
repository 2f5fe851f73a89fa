import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as architecture from '#test/support/architecture.ts'
import { at, planted } from '#test/support/architecture-planted.ts'
import { oddPhrasesIn } from '#test/support/plain-english.ts'
import { codeOf, sourcesOf } from '#test/support/source.ts'

/**
 * The architecture, from the lowest layer up. A file imports from its own module and from lower layers;
 * modules of one layer do not know each other. A module is a folder of `src/`, or one of the files that stand
 * directly in it.
 */
const layers = [
  ['platform'],
  ['telemetry', 'settings', 'errors'],
  ['store', 'http'],
  ['keys'],
  ['world'],
  ['audit', 'limits'],
  ['mail'],
  ['outbox'],
  ['revocations'],
  ['users'],
  ['sessions'],
  ['tokens'],
  ['apps'],
  [
    'credentials/passwords',
    'credentials/passkeys',
    'credentials/totp',
    'credentials/recovery-codes',
    'credentials/trusted-devices',
    'credentials/email-codes',
    'credentials/upstream',
  ],
  ['accounts'],
  ['sign-in'],
  ['me', 'administration', 'operations', 'oidc', 'backup'],
  ['pages'],
  ['forward-auth'],
  ['reference'],
  ['guards'],
  ['routes'],
  ['server'],
  ['cli'],
  ['main'],
]

/** Files that may be longer than the limit, and why. */
const longFiles: Record<string, string> = {}

/** How many statements may differ between the two engines. Raising it needs a reason. */
const maxPerDialect = 6

const time =
  /\bDate\.now\b|\bnew Date(?!\w)(?:\(\))?(?!\()|\bperformance\.now\b|\bhrtime\b|\bset(?:Timeout|Interval)\b/
const randomness = /\bMath\.random\b|\brandom(?:Bytes|UUID|Int|Fill|FillSync)\b|\bgetRandomValues\b/
const outgoing = /(?<![.\w])fetch\((?!\w+: )|\bnew (?:WebSocket|EventSource)\b/
const network = /^(?:node:)?(?:net|https?|http2|tls|dns|dgram)(?:\/|$)|^undici$/
const environment = /\bprocess\.env\b|\bprocess\[|\bloadEnvFile\b/

const rules: Record<string, architecture.Rule> = {
  'imports from its own module and from lower layers': architecture.layersHold(layers),
  'exports by name, and only its own': architecture.exportsByName,
  'has a descriptive name': architecture.hasDescriptiveName,
  'stays small': architecture.staysSmall(longFiles),
  'leaves the time to clock.ts': architecture.onlyIn(/^src\/platform\/clock\.ts$/, time, 'reads the time'),
  'leaves timers to clock.ts': architecture.importedOnlyBy(/^src\/platform\/clock\.ts$/, /^(?:node:)?timers/),
  'leaves randomness to random.ts': architecture.onlyIn(
    /^src\/platform\/random\.ts$/,
    randomness,
    'uses randomness',
  ),
  'opens no outgoing connection except to its database': architecture.onlyIn(
    /^src\/(?:store|cli)\//,
    outgoing,
    'opens a connection',
  ),
  'leaves the network to the modules that listen': architecture.importedOnlyBy(
    /^src\/(?:store|cli|http|reference|server)\/|^src\/platform\/(?:public-)?addresses\.ts$/,
    network,
  ),
  'leaves SMTP to mail/': architecture.importedOnlyBy(/^src\/mail\/smtp\.ts$/, /^nodemailer(?:\/|$)/),
  'leaves the environment to settings/': architecture.onlyIn(
    /^src\/(?:settings\/|main\.js$)/,
    environment,
    'reads the environment',
  ),
  'takes process from the global alone': architecture.importedOnlyBy(/^$/, /^(?:node:)?process$/),
  'leaves SQL to *.sql.ts and store/': architecture.onlyIn(
    /^src\/store\/|\.sql\.ts$/,
    /\bsql`/,
    'writes SQL',
  ),
  'leaves the tag to *.sql.ts and store/': architecture.importedOnlyBy(
    /^src\/store\/|\.sql\.ts$/,
    /^#src\/store\/sql\.ts$/,
  ),
  'keeps models pure': architecture.modelsArePure,
  'opens transactions in use cases only': architecture.onlyIn(
    /^(?!.*\.sql\.ts$|.*\/http\.ts$)/,
    /\.transaction\(/,
    'opens a transaction',
  ),
  'keeps the HTTP library in http/ and server/': architecture.importedOnlyBy(
    /^src\/(?:http|server)\//,
    /^(?:hono|@hono)(?:\/|$)/,
  ),
}

test('a session is opened by sign-in/ alone', () => {
  const rule = architecture.onlyIn(
    /^src\/(?:sign-in\/|sessions\/open\.ts$)/,
    /\bopenSession\(/,
    'opens a session',
  )
  assert.deepEqual(server.flatMap(rule), [])
  assert.equal(rule(at('src/me/http.ts', 'openSession(query, opening)')).length, 1)
})

const server = sourcesOf('src/**/*.ts', 'src/main.js')
const tests = sourcesOf('test/**/*.ts', 'bench/**/*.ts', 'faults/**/*.ts', 'proofs/**/*.ts')
const sdk = sourcesOf('sdk/*/src/**/*.ts')
const sdkTests = sourcesOf('sdk/*/test/**/*.ts')

for (const [promise, rule] of Object.entries(rules)) {
  test(`every file of the server ${promise}`, () => {
    assert.deepEqual(server.flatMap(rule), [])
  })
}

test('the imports of the server have no cycle', () => {
  assert.deepEqual(architecture.cyclesIn(server), [])
})

test('tests and the SDK stay small and have descriptive names', () => {
  const sharedRules = [architecture.staysSmall(longFiles), architecture.hasDescriptiveName]
  assert.deepEqual(
    [...tests, ...sdk].flatMap((source) => sharedRules.flatMap((rule) => rule(source))),
    [],
  )
  assert.deepEqual(sdkTests.flatMap(architecture.isShortFile(longFiles)), [])
  // Node takes the default export of a reporter.
  const named = tests.filter(({ path }) => path !== 'test/support/reporter.ts')
  assert.deepEqual([...named, ...sdkTests].flatMap(architecture.exportsByName), [])
})

test('every export of the server is imported somewhere', () => {
  const everything = [...server, ...tests, ...sdk, ...sourcesOf('docs/*.ts')]
  assert.deepEqual(architecture.unusedExportsIn(server, everything), [])
})

test('few statements differ between the engines', () => {
  const uses = server.flatMap(({ text }) => [...codeOf(text).matchAll(/(?<!function )\bperDialect\(/g)])
  assert.ok(uses.length <= maxPerDialect, `perDialect is used ${uses.length} times`)
})

test('every exception to the length limit is still needed', () => {
  const long = [...server, ...tests]
    .filter(({ text }) => text.split('\n').length > 251)
    .map(({ path }) => path)
  assert.deepEqual(
    Object.keys(longFiles).filter((path) => !long.includes(path)),
    [],
  )
})

test('each module is in one layer, exists and is in the table of ARCHITECTURE.md', () => {
  const modules = layers.flat()
  assert.equal(new Set(modules).size, modules.length)
  const isThere = (module: string) => server.some(({ path }) => new RegExp(`^src/${module}[/.]`).test(path))
  assert.deepEqual(
    modules.filter((module) => !isThere(module)),
    [],
  )
  const [{ text = '' } = {}] = sourcesOf('ARCHITECTURE.md')
  const isNamed = (module: string) =>
    new RegExp(`\`(?:credentials/)?${module.replace('credentials/', '')}[/.]`).test(text)
  assert.deepEqual(
    modules.filter((module) => !isNamed(module)),
    [],
  )
})

test('no file has a to-do marker', () => {
  const markers = new RegExp(
    `\\b(?:${['TO', 'FIX', 'XX'].map((half, i) => half + ['DO', 'ME', 'X'][i]).join('|')})\\b`,
  )
  const everything = [
    ...server,
    ...tests,
    ...sourcesOf('*.md', 'docs/**/*.md', 'bin/*', '.ci/*', 'Makefile', 'sdk/**/*.ts'),
  ]
  assert.deepEqual(
    everything.filter(({ text }) => markers.test(text)).map(({ path }) => path),
    [],
  )
})

for (const [promise, rule] of Object.entries(rules)) {
  test(`the rule reports a planted breach and nothing else: ${promise}`, () => {
    const { bad, good } = planted[promise] ?? { bad: [], good: [] }
    assert.notEqual(bad.length * good.length, 0)
    for (const source of bad)
      assert.notDeepEqual(rule(source), [], `${source.path}: ${source.text.slice(0, 200)}`)
    for (const source of good)
      assert.deepEqual(rule(source), [], `${source.path}: ${source.text.slice(0, 200)}`)
  })
}

test('an unused export is reported', () => {
  const exporting = at(
    'src/users/a.ts',
    'export const a = 1\nexport async function b() {}\nexport type C = 1',
  )
  const importing = at('src/users/d.ts', `import { a } from '#src/users/a.ts'`)
  assert.deepEqual(architecture.unusedExportsIn([exporting], [exporting, importing]), [
    'src/users/a.ts exports b, which no file imports',
  ])
  const other = at('src/users/e.ts', `import { b } from '#src/users/a.ts'`)
  assert.deepEqual(architecture.unusedExportsIn([exporting], [exporting, importing, other]), [])
})

test('an import cycle inside a module is reported', () => {
  const cycle = [
    at('src/users/a.ts', `import { b } from '#src/users/b.ts'`),
    at('src/users/b.ts', `import type { c } from '#src/users/c.ts'`),
    at('src/users/c.ts', `import { a } from '#src/users/a.ts'`),
  ]
  assert.deepEqual(architecture.cyclesIn(cycle), [
    'src/users/a.ts -> src/users/b.ts -> src/users/c.ts -> src/users/a.ts',
  ])
  assert.deepEqual(architecture.cyclesIn(cycle.slice(0, 2)), [])
})

test('code, tests and documents are in plain English', () => {
  const texts = [
    ...server,
    ...tests.filter(({ path }) => path !== 'test/support/plain-english.ts'),
    ...sdk,
    ...sourcesOf('*.md', 'docs/**/*.md', 'sdk/**/*.md', 'examples/**/*.md'),
  ]
  assert.deepEqual(texts.flatMap(oddPhrasesIn), [])
})
