import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readArguments } from '#src/cli/arguments.ts'
import { helpAbout } from '#src/cli/help.ts'
import { harmless } from '#src/cli/print.ts'
import { commands } from '#src/cli/table.ts'

function wrongness(...argv: string[]): string {
  const read = readArguments(commands, argv)
  if (read.kind !== 'wrong') assert.fail(`${argv.join(' ')} was taken`)
  assert.equal(read.told.exit, 2)
  return read.told.lines.join('\n')
}

function given(...argv: string[]) {
  const read = readArguments(commands, argv)
  if (read.kind !== 'command') assert.fail(JSON.stringify(read))
  return { name: read.command.name, ...read.given }
}

test('a command is found by its words, and what follows is read by its row', () => {
  assert.deepEqual(given('user', 'show', 'ann'), { name: 'user show', user: 'ann' })
  assert.deepEqual(given('user', 'show', '--json', 'ann'), { name: 'user show', user: 'ann', json: true })
  assert.deepEqual(given('admin', 'create', '--email=a@b.c', '--password-stdin'), {
    name: 'admin create',
    email: 'a@b.c',
    'password-stdin': true,
  })
  assert.deepEqual(given('import', 'users', 'a'), { name: 'import users', file: 'a' })
  assert.deepEqual(given('import', './users'), { name: 'import', file: './users' })
  assert.deepEqual(given('--version'), { name: 'version' })
})

test('an operand may begin with a dash, as ids do', () => {
  assert.deepEqual(given('user', 'show', '-7d'), { name: 'user show', user: '-7d' })
  assert.deepEqual(given('user', 'list', '--q', '-x'), { name: 'user list', q: '-x' })
  assert.deepEqual(given('user', 'show', '--', '-7d'), { name: 'user show', user: '-7d' })
  assert.deepEqual(given('user', 'show', '--', '--7d'), { name: 'user show', user: '--7d' })
})

test('a command that is nearly right is named', () => {
  assert.match(wrongness('user', 'disabel', 'ann'), /Did you mean `user disable`\?/)
  assert.match(wrongness('strat'), /Did you mean `start`\?/)
  assert.match(wrongness('frobnicate-everything'), /sigil help/)
  assert.doesNotMatch(wrongness('frobnicate-everything'), /Did you mean/)
})

test('a group without a verb lists its verbs', () => {
  assert.match(wrongness('user'), /`user list`, `user show`/)
})

test('no command at all is wrong usage', () => {
  assert.match(wrongness(), /sigil help/)
  assert.match(wrongness('--frob'), /sigil help/)
})

test('a flag that is nearly right is named, and its value is not repeated', () => {
  assert.match(wrongness('user', 'list', '--limt', '5'), /no flag --limt. Did you mean --limit\?/)
  const password = wrongness('admin', 'create', '--email', 'a@b.c', '--password=hunter2')
  assert.match(password, /Did you mean --password-stdin\?/)
  assert.doesNotMatch(password, /hunter2/)
  assert.doesNotMatch(wrongness('admin', 'create', '--password', 'hunter2'), /hunter2/)
})

test('flags and operands that are missing, doubled, empty or too many are named', () => {
  assert.match(wrongness('admin', 'create', '--password-stdin'), /needs --email EMAIL/)
  assert.match(wrongness('admin', 'create', '--email', 'a@b.c'), /needs --password-stdin/)
  assert.match(wrongness('user', 'list', '--limit'), /--limit needs a value/)
  assert.match(wrongness('user', 'list', '--limit='), /--limit needs a value/)
  assert.match(wrongness('user', 'list', '--q', 'a', '--q', 'b'), /--q is given twice/)
  assert.match(wrongness('version', '--json=yes'), /--json takes no value/)
  assert.match(wrongness('user', 'show'), /needs USER/)
  assert.match(wrongness('user', 'show', 'ann', 'bob'), /too many words/)
})

test('help is asked for with a command, a group or alone, however wrong the rest is', () => {
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

test('help says of every command what it is for and what it takes', () => {
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

test('what people chose as their names cannot command the terminal that it is printed on', () => {
  assert.equal(harmless('a\u001b[2Jb\r\u202ec'), 'a\\u{1b}[2Jb\\u{d}\\u{202e}c')
  assert.equal(harmless('Ångström 東京 👍'), 'Ångström 東京 👍')
})

test('the list of all commands fits a terminal, and says the flags of none', () => {
  const { lines } = helpAbout(commands, '')
  assert.deepEqual(
    lines.filter((line) => line.length > 80 || line.includes('stdin')),
    [],
  )
})
