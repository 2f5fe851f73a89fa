import { exits } from '#src/cli/command.ts'
import { dispatch } from '#src/cli/dispatch.ts'
import { escapeControls } from '#src/cli/print.ts'
import { envOf, type Flash, type How, inherited, type Ran } from '#test/support/sigil.ts'

/**
 * Runs a command inside the process of the test and returns what `sigil` would print: a tenth of the work of
 * a process, for tests of what a command does. How it starts, reads, prints and ends is tested with `sigil`.
 */
export async function command(words: readonly string[], how: Omit<How, 'cwd'>): Promise<Ran> {
  const { exit, lines } = await outputOf(words, how)
  const text = lines.map((line) => `${escapeControls(line)}\n`).join('')
  return { code: exit, stdout: '', stderr: '', [exit === exits.ok ? 'stdout' : 'stderr']: text }
}

/** The same with `--json`: returns the parsed output, with any exit code. */
export async function commandJson(
  words: readonly string[],
  how: Omit<How, 'cwd'>,
): Promise<{ code: number | null; said: Flash }> {
  const { exit, json } = await outputOf([...words, '--json'], how)
  return { code: exit, said: JSON.parse(JSON.stringify(json)) as Flash }
}

function outputOf(words: readonly string[], { place, env = {}, input = '' }: Omit<How, 'cwd'>) {
  const terminal = { canAsk: () => false, readSecret: async () => input.replace(/\r?\n$/, '') }
  const all = { ...inherited(), ...envOf(place), ...env }
  return dispatch(words, all, words.includes('--json'), terminal)
}
