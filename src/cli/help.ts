import { commonFlags, flagText, isRequired } from '#src/cli/arguments.ts'
import { type Command, type Output, success } from '#src/cli/command.ts'

/** The help of a command or a group, or of all commands where `about` is empty. */
export function helpAbout(commands: readonly Command[], about: string): Output {
  const command = commands.find(({ name }) => name === about)
  const group = commands.filter(({ name }) => about === '' || name.startsWith(`${about} `))
  return success(
    command ? commandHelp(command) : listHelp(group, about),
    (command ? [command] : group).map(describe),
  )
}

function listHelp(commands: readonly Command[], group: string): string[] {
  const head = group === '' ? ['Sigil, a self-hosted authentication server.', ''] : []
  const usage = group === '' ? 'COMMAND' : `${group} COMMAND`
  return [
    ...head,
    `Usage: sigil ${usage} [flags]`,
    '',
    ...columns(commands.map((command) => [nameWithOperands(command), firstSentence(command.summary)])),
    '',
    'Every command takes --help for its details and --json for programs.',
    'Settings are environment variables: see .env.example.',
  ]
}

function commandHelp(command: Command): string[] {
  const flags = Object.entries({ ...command.flags, ...commonFlags })
  return [
    command.summary,
    '',
    `Usage: sigil ${synopsis(command)} [flags]`,
    '',
    ...columns(flags.map(([name, flag]) => [flagText(name, flag), flag.summary])),
    '',
    'Exit codes: 0 success, 1 failure, 2 usage, 3 configuration, 4 not found, 5 conflict.',
  ]
}

function nameWithOperands({ name, operands }: Command): string {
  return [name, ...operands.map((operand) => operand.toUpperCase())].join(' ')
}

/** The list shows one sentence; the help of the command shows the rest. */
function firstSentence(summary: string): string {
  return summary.split(/(?<=\.) |[,:;] /)[0]?.replace(/\.?$/, '.') ?? summary
}

function synopsis(command: Command): string {
  const required = Object.entries(command.flags).filter(([, flag]) => isRequired(flag))
  return [nameWithOperands(command), ...required.map(([flag, is]) => flagText(flag, is))].join(' ')
}

function describe({ name, summary, operands, flags }: Command) {
  const described = Object.entries(flags).map(([flag, is]) => ({
    name: flag,
    summary: is.summary,
    required: isRequired(is),
  }))
  return { name, summary, operands, flags: described }
}

/** Aligns rows of texts in columns; the last column has any width. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows)
    for (const [at, text] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, text.length)
  return rows.map((row) => `  ${row.map((text, at) => text.padEnd(widths[at] ?? 0)).join('  ')}`.trimEnd())
}
