import {
  type Arguments,
  type Description,
  failure,
  type LocalCommand,
  type Output,
  success,
} from '#src/cli/command.ts'
import { shells } from '#src/cli/completion/shells.ts'

/** The script is read by the shell, so nothing else is printed. */
export const completionCommand: LocalCommand = {
  name: 'completion',
  summary: 'Print a completion script: for bash, zsh or fish.',
  operands: ['shell'],
  choices: Object.keys(shells),
  flags: {},
  needs: 'nothing',
  run: async (args, { commands }) => completionOf(args, await commands()),
}

export function completionOf({ shell }: Arguments, commands: readonly Description[]): Output {
  const print = shells[String(shell)]
  if (!print) return failure('usage', [`SHELL must be one of: ${Object.keys(shells).join(', ')}.`])
  const script = print(commands)
  return success(script, { shell: String(shell), script: script.join('\n') })
}
