import { resolve } from 'node:path'
import { misused, readArguments } from '#src/cli/arguments.ts'
import type { Command, Context, Given, LocalCommand, Output, ServedCommand } from '#src/cli/command.ts'
import { helpAbout } from '#src/cli/help.ts'
import { tell } from '#src/cli/print.ts'
import { runServed } from '#src/cli/reach-world.ts'
import { readSecret } from '#src/cli/read-secret.ts'
import { commands as table } from '#src/cli/table.ts'
import { fieldMessage } from '#src/errors/fields.ts'
import { stayAwake } from '#src/platform/clock.ts'
import type { Environment } from '#src/settings/settings.ts'

const help: LocalCommand = {
  name: 'help',
  summary: 'List the commands.',
  operands: [],
  flags: {},
  needs: 'nothing',
  run: async (_given, { commands }) => helpAbout(commands, ''),
}

const commands: readonly Command[] = [...table, help]

/** `sigil ...`: does what the arguments say, and gives the exit code. */
export async function runCli(argv: readonly string[], env: Environment): Promise<number> {
  // Who reads only the first lines closes the pipe: that is no fault.
  process.stdout.on('error', () => process.exit(0))
  const letSleep = stayAwake()
  try {
    const isJson = argv.includes('--json')
    return tell(await answer(argv, { env, commands, isJson }), isJson)
  } finally {
    letSleep()
  }
}

async function answer(argv: readonly string[], context: Context): Promise<Output> {
  const words = argv[0] === 'help' && argv.length > 1 ? [...argv.slice(1), '--help'] : argv
  const read = readArguments(commands, words)
  if (read.kind === 'wrong') return read.told
  if (read.kind === 'help') return helpAbout(commands, read.about)
  const { command, given } = read
  return command.needs === 'nothing' ? command.run(given, context) : runTyped(command, given, context)
}

async function runTyped(command: ServedCommand, given: Given, context: Context): Promise<Output> {
  const typed: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(given)) {
    if (name === 'json' || name === 'help') continue
    const flag = command.flags[name]
    // The server that may read or write it has another working directory.
    const isPath = name === 'file' || (flag?.kind === 'text' && flag.value === 'FILE')
    if (isPath && typeof value === 'string') typed[name] = resolve(value)
    else if (flag?.kind !== 'stdin') typed[name] = value
    else typed[flag.key] = await readSecret(flag.key)
  }
  const input = command.input.safeParse(typed, { error: fieldMessage })
  if (input.success) return runServed(command, typed, context)
  const lines = input.error.issues.map(({ path, message }) => `${asTyped(command, path)}: ${message}`)
  return misused(...lines, `Run \`sigil ${command.name} --help\` to see what it takes.`)
}

/** The flag or the operand as the help writes it. */
function asTyped({ flags, operands }: ServedCommand, path: readonly PropertyKey[]): string {
  const name = path.join('.')
  if (operands.includes(name)) return name.toUpperCase()
  const flag = Object.entries(flags).find(
    ([flag, is]) => flag === name || (is.kind === 'stdin' && is.key === name),
  )
  return flag === undefined ? name : `--${flag[0]}`
}
