import { printed } from '#src/cli/print.ts'
import { isJson, outputOf } from '#src/cli.ts'
import { envOf, type Flash, type How, inherited, type Ran } from '#test/support/sigil.ts'

/**
 * Runs a command inside the process of the test and returns what `sigil` would print: a tenth of the work of
 * a process, for tests of what a command does. How it starts, reads, prints and ends is tested with `sigil`.
 */
export async function command(words: readonly string[], how: Omit<How, 'cwd'>): Promise<Ran> {
  const { place, env = {}, input = '' } = how
  const readSecret = async () => input.replace(/\r?\n$/, '')
  const output = await outputOf(words, { ...inherited(), ...envOf(place), ...env }, readSecret)
  const { stream, text } = printed(output, isJson(words))
  return { code: output.exit, stdout: '', stderr: '', [stream]: text }
}

/** The same with `--json`: returns the parsed output, with any exit code. */
export async function commandJson(
  words: readonly string[],
  how: Omit<How, 'cwd'>,
): Promise<{ code: number | null; said: Flash }> {
  const { code, stdout } = await command([...words, '--json'], how)
  return { code, said: JSON.parse(stdout) as Flash }
}
