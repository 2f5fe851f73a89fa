import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readArguments } from '#src/cli/arguments.ts'
import { examples } from '#src/cli/examples.ts'
import { helpAbout } from '#src/cli/help.ts'
import { paceText } from '#src/cli/pace.ts'
import { questionOf } from '#src/cli/questions.ts'
import { commands } from '#src/cli/table.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { sigil, sigilJson } from '#test/support/sigil.ts'

/** The words of a line as a shell reads them; the examples quote with double quotes only. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '')
}

test('the help of every command has an example, which is a call of that command', () => {
  assert.deepEqual(Object.keys(examples).toSorted(), commands.map(({ name }) => name).toSorted())
  for (const [name, example] of Object.entries(examples)) {
    const words = wordsOf(example)
    const read = readArguments(commands, words[0] === 'help' ? ['help'] : words)
    if (read.kind !== 'command') assert.fail(`${example}: ${JSON.stringify(read)}`)
    assert.equal(read.command.name, name)
    assert.ok(helpAbout(commands, name).lines.includes(`Example: sigil ${example}`))
  }
})

test('the list of commands has every command under one heading', () => {
  const { lines } = helpAbout(commands, '')
  for (const { name, operands } of commands) {
    const shown = [name, ...operands.map((operand) => operand.toUpperCase())].join(' ')
    assert.equal(lines.filter((line) => line.startsWith(`  ${shown}  `)).length, 1, name)
  }
})

test('the question before a command names its operands', () => {
  const asked = (line: string) => {
    const read = readArguments(commands, wordsOf(line))
    return read.kind === 'command' ? questionOf(read.command, read.args) : assert.fail(line)
  }
  assert.equal(asked('role revoke ann editor'), 'Take the role editor from ann?')
  assert.match(asked('restore monday --replace') ?? '', /with monday\?/)
  assert.equal(asked('restore monday'), undefined)
  assert.equal(asked('user enable ann'), undefined)
})

test('a script that ends rights is not asked, and --yes is accepted', async () => {
  const place = await freshDatabaseUrl('sqlite')
  for (const words of [
    ['session', 'end', 'none'],
    ['session', 'end', 'none', '--yes'],
  ]) {
    const { code, said } = await sigilJson(words, { place })
    assert.deepEqual([code, said.error.code], [4, 'not_found'])
  }
  const enabled = await sigil(['user', 'enable', 'ann', '--yes'], { place })
  assert.equal(enabled.code, 2)
})

/** Runs a command on a pseudo-terminal, with `script` of util-linux, and types a line. */
function onTerminal(words: string, typed: string, env: Record<string, string> = {}) {
  const command = `"${process.execPath}" src/main.js ${words}`
  // Node colors nothing where CI is set.
  const given = Object.entries(process.env).filter(([name]) => !/^SIGIL_|COLOR|^CI$/.test(name))
  return spawnSync('script', ['-qec', command, '/dev/null'], {
    input: typed,
    encoding: 'utf8',
    env: { ...Object.fromEntries(given), TERM: 'xterm', ...env },
  })
}

const hasTerminals = spawnSync('script', ['--version']).status === 0

test(
  'a command that ends rights asks for confirmation on a terminal, and its output is colored',
  { skip: hasTerminals ? false : 'script of util-linux is not installed' },
  async () => {
    const { dataDir } = await freshDatabaseUrl('sqlite')
    const env = { SIGIL_DATA_DIR: dataDir }
    const no = onTerminal('session end abc', 'n\n', env)
    assert.match(no.stdout, /End the session abc and revoke its tokens\? \[y\/N\]/)
    assert.ok(no.stdout.includes('\u001b[31mNothing was changed.'), no.stdout)
    assert.equal(no.status, 1)
    const yes = onTerminal('session end abc', 'y\n', { ...env, NO_COLOR: '1' })
    assert.match(yes.stdout, /There is no session abc\./)
    assert.ok(!yes.stdout.includes('\u001b[31m'), yes.stdout)
    assert.equal(yes.status, 4)
  },
)

test('help, the version and completion load no command', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sigil-test-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  const preload = join(folder, 'loaded.mjs')
  writeFileSync(
    preload,
    `import { registerHooks } from 'node:module'
registerHooks({
  load(url, context, next) {
    process.stderr.write(url + '\\n')
    return next(url, context)
  },
})\n`,
  )
  for (const words of [['help'], ['user', 'disable', '--help'], ['version'], ['completion', 'zsh']]) {
    const { stdout, stderr } = spawnSync(process.execPath, ['--import', preload, 'src/main.js', ...words], {
      encoding: 'utf8',
    })
    const loaded = stderr.split('\n').filter((url) => url.startsWith('file:'))
    assert.ok(stdout !== '' && loaded.length > 3 && loaded.length < 25, `${words}: ${loaded.length}`)
    assert.deepEqual(
      loaded.filter((url) => url.includes('node_modules')),
      [],
    )
  }
})

test('progress shows the rate, and the time left where the total is known', () => {
  assert.equal(paceText({ what: 'rows', done: 500, total: 2000, ms: 900 }), '500 of 2,000 rows')
  assert.equal(
    paceText({ what: 'rows', done: 5000, total: 20_000, ms: 2000 }),
    '5,000 of 20,000 rows, 2,500 per second, 6 s left',
  )
  assert.equal(
    paceText({ what: 'lines', done: 10_000, total: undefined, ms: 10_000 }),
    '10,000 lines, 1,000 per second',
  )
  assert.match(paceText({ what: 'rows', done: 1, total: 7200, ms: 1000 }), /, 1 h 59 min left$/)
})
