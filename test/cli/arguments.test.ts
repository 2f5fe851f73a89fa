import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readArguments } from '#src/cli/arguments.ts'
import { helpAbout } from '#src/cli/help.ts'
import { escapeControls } from '#src/cli/print.ts'
import { commands } from '#src/cli/table.ts'

function usageErrorOf(...argv: string[]): string {
  const read = readArguments(commands, argv)
  if (read.kind !== 'wrong') assert.fail(`${argv.join(' ')} was accepted`)
  assert.equal(read.output.exit, 2)
  return read.output.lines.join('\n')
}

function argumentsOf(...argv: string[]) {
  const read = readArguments(commands, argv)
  if (read.kind !== 'command') assert.fail(JSON.stringify(read))
  return { name: read.command.name, ...read.args }
}

test('arguments are read by the row of their command', () => {
  assert.deepEqual(argumentsOf('user', 'show', 'ann'), { name: 'user show', user: 'ann' })
  assert.deepEqual(argumentsOf('user', 'show', '--json', 'ann'), {
    name: 'user show',
    user: 'ann',
    json: true,
  })
  assert.deepEqual(argumentsOf('admin', 'create', '--email=a@b.c', '--password-stdin'), {
    name: 'admin create',
    email: 'a@b.c',
    'password-stdin': true,
  })
  assert.deepEqual(argumentsOf('import', 'users', 'a'), { name: 'import users', file: 'a' })
  assert.deepEqual(argumentsOf('import', './users'), { name: 'import', file: './users' })
  assert.deepEqual(argumentsOf('--version'), { name: 'version' })
})

test('an operand may begin with a dash, like ids', () => {
  assert.deepEqual(argumentsOf('user', 'show', '-7d'), { name: 'user show', user: '-7d' })
  assert.deepEqual(argumentsOf('user', 'list', '--q', '-x'), { name: 'user list', q: '-x' })
  assert.deepEqual(argumentsOf('user', 'show', '--', '-7d'), { name: 'user show', user: '-7d' })
  assert.deepEqual(argumentsOf('user', 'show', '--', '--7d'), { name: 'user show', user: '--7d' })
})

test('a misspelt command gets a suggestion', () => {
  assert.match(usageErrorOf('user', 'disabel', 'ann'), /Did you mean `user disable`\?/)
  assert.match(usageErrorOf('strat'), /Did you mean `start`\?/)
  assert.match(usageErrorOf('frobnicate-everything'), /sigil help/)
  assert.doesNotMatch(usageErrorOf('frobnicate-everything'), /Did you mean/)
})

test('a command group without a verb lists its verbs', () => {
  assert.match(usageErrorOf('user'), /`user list`, `user show`/)
})

test('calling sigil without a command is a usage error', () => {
  assert.match(usageErrorOf(), /sigil help/)
  assert.match(usageErrorOf('--frob'), /sigil help/)
})

test('a misspelt flag gets a suggestion that does not repeat its value', () => {
  assert.match(usageErrorOf('user', 'list', '--limt', '5'), /Unknown flag: --limt\. Did you mean --limit\?/)
  const password = usageErrorOf('admin', 'create', '--email', 'a@b.c', '--password=hunter2')
  assert.match(password, /Did you mean --password-stdin\?/)
  assert.doesNotMatch(password, /hunter2/)
  assert.doesNotMatch(usageErrorOf('admin', 'create', '--password', 'hunter2'), /hunter2/)
})

test('a usage error names the flag or operand that is missing, repeated, empty or extra', () => {
  assert.match(usageErrorOf('admin', 'create', '--password-stdin'), /needs --email EMAIL/)
  assert.match(usageErrorOf('admin', 'create', '--email', 'a@b.c'), /needs --password-stdin/)
  assert.match(usageErrorOf('user', 'list', '--limit'), /--limit needs a value/)
  assert.match(usageErrorOf('user', 'list', '--limit='), /--limit needs a value/)
  assert.match(usageErrorOf('user', 'list', '--q', 'a', '--q', 'b'), /--q is repeated/)
  assert.match(usageErrorOf('version', '--json=yes'), /--json takes no value/)
  assert.match(usageErrorOf('user', 'show'), /needs USER/)
  assert.match(usageErrorOf('user', 'show', 'ann', 'bob'), /^Too many arguments/)
})

test('--help works for a command, a group or alone, even with other mistakes', () => {
  const about = (...argv: string[]) => {
    const read = readArguments(commands, argv)
    return read.kind === 'help' ? read.about : read.kind
  }
  assert.equal(about('--help'), '')
  assert.equal(about('user', '--help'), 'user')
  assert.equal(about('user', 'disable', '-h'), 'user disable')
  assert.equal(about('admin', 'create', '--nonsense', '--help'), 'admin create')
  assert.equal(about('nonsense', '--help'), 'wrong')
})

test('help shows the summary and the flags of every command', () => {
  const list = helpAbout(commands, '').lines.join('\n')
  for (const { name, summary, flags } of commands) {
    assert.ok(list.includes(name) && list.includes(summary.split(/[.,:;]/)[0] ?? summary), name)
    const own = helpAbout(commands, name).lines.join('\n')
    assert.ok(own.includes(summary), name)
    for (const flag of [...Object.keys(flags), 'json', 'help'])
      assert.ok(own.includes(`--${flag}`), `${name} ${flag}`)
  }
  const group = helpAbout(commands, 'user').lines.join('\n')
  assert.ok(group.includes('user disable') && !group.includes('migrate'))
})

test('control characters in user names cannot reach the terminal', () => {
  assert.equal(escapeControls('a\u001b[2Jb\r\u202ec'), 'a\\u{1b}[2Jb\\u{d}\\u{202e}c')
  assert.equal(escapeControls('Ångström 東京 👍'), 'Ångström 東京 👍')
})

test('the list of all commands fits an 80-column terminal and shows no flags', () => {
  const { lines } = helpAbout(commands, '')
  assert.deepEqual(
    lines.filter((line) => line.length > 80 || line.includes('stdin')),
    [],
  )
})
