import { commonFlags, flagText, isRequired } from '#src/cli/arguments.ts'
import { type Command, type Output, told } from '#src/cli/command.ts'

/**
 * Printed from the table, so that it never says what is not so. `about` is a command, a group, or nothing.
 */
export function helpAbout(commands: readonly Command[], about: string): Output {
  const command = commands.find(({ name }) => name === about)
  const group = commands.filter(({ name }) => about === '' || name.startsWith(`${about} `))
  return told(
    command ? commandHelp(command) : listHelp(group, about),
    (command ? [command] : group).map(describe),
  )
}

function listHelp(commands: readonly Command[], group: string): string[] {
  const head = group === '' ? ['Sigil, a self-hosted authentication server.', ''] : []
  const words = group === '' ? 'COMMAND' : `${group} COMMAND`
  return [
    ...head,
    `Usage: sigil ${words} [flags]`,
    '',
    ...columns(commands.map((command) => [wordsOf(command), firstSentence(command.summary)])),
    '',
    'Every command takes --help, which says more, and --json for programs.',
    'Settings come from the environment: .env.example lists them.',
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
    'Exit codes: 0 done, 1 failed, 2 wrong usage, 3 wrong configuration, 4 not found, 5 conflict.',
  ]
}

function wordsOf({ name, operands }: Command): string {
  return [name, ...operands.map((operand) => operand.toUpperCase())].join(' ')
}

/** What a list has room for on a terminal; the command itself says the rest. */
function firstSentence(summary: string): string {
  return summary.split(/(?<=\.) |[,:;] /)[0]?.replace(/\.?$/, '.') ?? summary
}

function synopsis(command: Command): string {
  const required = Object.entries(command.flags).filter(([, flag]) => isRequired(flag))
  return [wordsOf(command), ...required.map(([flag, is]) => flagText(flag, is))].join(' ')
}

function describe({ name, summary, operands, flags }: Command) {
  const described = Object.entries(flags).map(([flag, is]) => ({
    name: flag,
    summary: is.summary,
    required: isRequired(is),
  }))
  return { name, summary, operands, flags: described }
}

/** Rows of texts under each other, the last one as long as it likes. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows)
    for (const [at, text] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, text.length)
  return rows.map((row) => `  ${row.map((text, at) => text.padEnd(widths[at] ?? 0)).join('  ')}`.trimEnd())
}
