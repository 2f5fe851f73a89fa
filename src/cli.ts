import { resolve } from 'node:path'
import { readArguments, usageError } from '#src/cli/arguments.ts'
import type { Arguments, Command, Context, LocalCommand, Output, ServedCommand } from '#src/cli/command.ts'
import { helpAbout } from '#src/cli/help.ts'
import { print } from '#src/cli/print.ts'
import { quickCommands } from '#src/cli/quick-commands.ts'
import { readSecret } from '#src/cli/read-secret.ts'
import { runCommand } from '#src/cli/run-command.ts'
import { fieldMessage } from '#src/errors/fields.ts'
import { stayAwake } from '#src/platform/clock.ts'
import type { Environment } from '#src/settings/settings.ts'

const help: LocalCommand = {
  name: 'help',
  summary: 'List the commands.',
  operands: [],
  flags: {},
  needs: 'nothing',
  run: async (_args, { commands }) => helpAbout(await commands(), ''),
}

async function commands(): Promise<readonly Command[]> {
  const table = await import('#src/cli/table.ts')
  return [...table.commands, help]
}

/** Runs `sigil ...` and returns its exit code. */
export async function runCli(argv: readonly string[], env: Environment): Promise<number> {
  // A reader that needs only the first lines closes the pipe, as `head` does. That is not an error.
  process.stdout.on('error', () => process.exit(0))
  const allowExit = stayAwake()
  try {
    const isJson = argv.includes('--json')
    return print(await run(argv, { env, commands, isJson }), isJson)
  } finally {
    allowExit()
  }
}

async function run(argv: readonly string[], context: Context): Promise<Output> {
  const words = argv[0] === 'help' && argv.length > 1 ? [...argv.slice(1), '--help'] : argv
  const isQuick = quickCommands.some(({ name }) => name === words[0])
  const known = isQuick ? quickCommands : await context.commands()
  const read = readArguments(known, words)
  if (read.kind === 'wrong') return read.output
  if (read.kind === 'help') return helpAbout(known, read.about)
  const { command, args } = read
  return command.needs === 'nothing' ? command.run(args, context) : runWithInput(command, args, context)
}

async function runWithInput(command: ServedCommand, args: Arguments, context: Context): Promise<Output> {
  const values: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(args)) {
    if (name === 'json' || name === 'help') continue
    const flag = command.flags[name]
    // The server that may read or write the file has another working directory.
    const isPath = name === 'file' || (flag?.kind === 'text' && flag.value === 'FILE')
    if (isPath && typeof value === 'string') values[name] = resolve(value)
    else if (flag?.kind !== 'stdin') values[name] = value
    else values[flag.key] = await readSecret(flag.key)
  }
  const input = command.input.safeParse(values, { error: fieldMessage })
  if (input.success) return runCommand(command, values, context)
  const lines = input.error.issues.map(({ path, message }) => `${labelOf(command, path)}: ${message}`)
  return usageError(...lines, `Run \`sigil ${command.name} --help\` for its usage.`)
}

/** A flag or an operand as the help shows it. */
function labelOf({ flags, operands }: ServedCommand, path: readonly PropertyKey[]): string {
  const name = path.join('.')
  if (operands.includes(name)) return name.toUpperCase()
  const flag = Object.entries(flags).find(
    ([flag, is]) => flag === name || (is.kind === 'stdin' && is.key === name),
  )
  return flag === undefined ? name : `--${flag[0]}`
}
