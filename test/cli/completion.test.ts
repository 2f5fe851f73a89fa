import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { shells } from '#src/cli/completion/shells.ts'
import { commands } from '#src/cli/table.ts'
import { programOrSkip } from '#test/support/programs.ts'

type Shell = 'bash' | 'zsh' | 'fish'
type Complete = (...words: string[]) => string[]

function scriptOf(shell: Shell): string {
  return `${shells[shell]?.(commands).join('\n')}\n`
}

function run(program: string, args: readonly string[]): string {
  const { stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, HOME: '/nonexistent' },
  })
  assert.equal(stderr, '', args.at(-1))
  return stdout
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}

function quotedWords(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(' ')
}

const completions: Readonly<Record<Shell, Complete>> = {
  bash: (...words) => {
    const line = `COMP_WORDS=(sigil ${quotedWords(words)}); COMP_CWORD=${words.length}`
    const call = `${line}; _sigil; printf '%s\\n' "\${COMPREPLY[@]}"`
    return linesOf(run('bash', ['-c', `${scriptOf('bash')}${call}`]))
  },
  // The functions of zsh that offer words work only while a line is edited. These print the words.
  zsh: (...words) => {
    const offering = [
      'compdef() { }',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the shell
      '_describe() { print -rl -- "${(@P)2}" }',
      '_files() { print -rl -- "$words[CURRENT]"*(N) }',
    ]
    const call = `words=(sigil ${quotedWords(words)}); CURRENT=$#words; _sigil`
    const offered = linesOf(run('zsh', ['-f', '-c', [...offering, scriptOf('zsh'), call].join('\n')]))
    const typed = words.at(-1) ?? ''
    return offered.map((line) => line.split(':')[0] ?? '').filter((word) => word.startsWith(typed))
  },
  fish: (...words) => {
    const folder = mkdtempSync(join(tmpdir(), 'sigil-test-'))
    try {
      const file = join(folder, 'sigil.fish')
      writeFileSync(file, scriptOf('fish'))
      const call = `source ${file}; complete -C 'sigil ${words.join(' ')}'`
      return linesOf(run('fish', ['--no-config', '-c', call])).map((line) => line.split('\t')[0] ?? '')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

for (const shell of ['bash', 'zsh', 'fish'] as const) {
  test(`${shell} completes commands, flags, values of flags and operands, and file names`, (t) => {
    if (shell !== 'bash' && programOrSkip(shell, t) === undefined) return
    const completed = completions[shell]
    assert.deepEqual(completed('ba'), ['backup'])
    assert.deepEqual(completed('user', 'dis'), ['disable'])
    assert.deepEqual(completed('user', 'disable', '--').toSorted(), ['--help', '--json', '--yes'])
    assert.deepEqual(completed('app', 'add', '--kind', 'n'), ['native'])
    assert.deepEqual(completed('import', 'us'), ['users'])
    assert.deepEqual(completed('completion', 'z'), ['zsh'])
    assert.deepEqual(completed('open', '').toSorted(), ['account', 'console', 'docs'])
    assert.ok(completed('backup', 'READ').includes('README.md'))
    assert.ok(completed('audit', 'export', '--file', 'READ').includes('README.md'))
    assert.deepEqual(completed('user', 'show', 'READ'), [])
  })

  test(`the completion of ${shell} is a valid script with every command`, (t) => {
    const script = scriptOf(shell)
    for (const { name } of commands) assert.ok(script.includes(name.split(' ').at(-1) ?? ''), name)
    if (shell !== 'bash' && programOrSkip(shell, t) === undefined) return
    const folder = mkdtempSync(join(tmpdir(), 'sigil-test-'))
    after(() => rmSync(folder, { recursive: true, force: true }))
    const file = join(folder, 'completion')
    writeFileSync(file, script)
    assert.equal(run(shell, [shell === 'fish' ? '--no-execute' : '-n', file]), '')
  })
}

test('zsh and fish describe a group by its verbs', () => {
  for (const shell of ['zsh', 'fish'] as const) {
    const script = scriptOf(shell)
    assert.match(script, /role.*list, create, delete, grant, revoke/)
    assert.doesNotMatch(script, /…/)
  }
})
