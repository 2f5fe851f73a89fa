import { resolve } from 'node:path'
import { readArguments } from '#src/cli/arguments.ts'
import {
  type Arguments,
  type Command,
  type Context,
  failure,
  type Output,
  type ServedCommand,
} from '#src/cli/command.ts'
import { canAsk, confirmed } from '#src/cli/confirm.ts'
import { helpAbout } from '#src/cli/help.ts'
import { questionOf } from '#src/cli/questions.ts'
import { quickCommands } from '#src/cli/quick-commands.ts'
import { readInput } from '#src/cli/read-input.ts'
import { readSecret } from '#src/cli/read-secret.ts'
import { runCommand } from '#src/cli/run-command.ts'
import type { Environment } from '#src/settings/settings.ts'

/** Where a command reads input that is not in its arguments. */
export type Terminal = { readonly canAsk: () => boolean; readonly readSecret: typeof readSecret }

/** Reads the arguments and runs their command. */
export async function dispatch(
  words: readonly string[],
  env: Environment,
  isJson: boolean,
  terminal: Terminal = { canAsk, readSecret },
): Promise<Output> {
  const context: Context = { env, commands, isJson }
  const isQuick = quickCommands.some(({ name }) => name === words[0])
  const known = isQuick ? quickCommands : await commands()
  const read = readArguments(known, words)
  if (read.kind === 'wrong') return read.output
  if (read.kind === 'help') return helpAbout(known, read.about)
  const { command, args } = read
  if (command.needs === 'nothing') return command.run(args, context)
  return runWithInput(command, args, context, terminal)
}

async function commands(): Promise<readonly Command[]> {
  return (await import('#src/cli/table.ts')).commands
}

const ownFlags = ['json', 'help', 'yes']

async function runWithInput(
  command: ServedCommand,
  args: Arguments,
  context: Context,
  terminal: Terminal,
): Promise<Output> {
  const values: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(args)) {
    if (ownFlags.includes(name)) continue
    const flag = command.flags[name]
    // The server that may read or write the file has another working directory.
    const isPath = name === 'file' || (flag?.kind === 'text' && flag.value === 'FILE')
    if (isPath && typeof value === 'string') values[name] = resolve(value)
    else if (flag?.kind !== 'stdin') values[name] = value
    else values[flag.key] = await terminal.readSecret(flag.key)
  }
  const read = readInput(command, values)
  if (read.kind === 'wrong') return read.output
  return (await mayRun(command, args, terminal)) ? runCommand(command, values, context) : cancelled()
}

/** Asks only on a terminal: a script cannot answer. */
async function mayRun(command: ServedCommand, args: Arguments, { canAsk }: Terminal): Promise<boolean> {
  const question = questionOf(command, args)
  return question === undefined || args.yes === true || !canAsk() || confirmed(question)
}

function cancelled(): Output {
  return failure('cancelled', ['Nothing was changed.'])
}
