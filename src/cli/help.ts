import { flagsOf, flagText, isRequired } from '#src/cli/arguments.ts'
import { type Description, type Output, success } from '#src/cli/command.ts'
import { examples } from '#src/cli/examples.ts'

/** The headings of `sigil help`, with commands or the first words of groups. */
const sections: Readonly<Record<string, readonly string[]>> = {
  Run: ['start', 'dev', 'migrate', 'open', 'healthcheck'],
  People: ['admin', 'user', 'session', 'role', 'import users'],
  Apps: ['app', 'api', 'apps', 'verifier', 'provider'],
  'Keys and audit log': ['key', 'audit'],
  'Backup and move': ['backup', 'restore', 'export', 'import'],
  'Check and help': ['doctor', 'config', 'mail', 'nodes', 'completion', 'version', 'help'],
}

/** The help of a command or a group, or of all commands where `about` is empty. */
export function helpAbout(commands: readonly Description[], about: string): Output {
  const command = commands.find(({ name }) => name === about)
  const group = commands.filter(({ name }) => about === '' || name.startsWith(`${about} `))
  return success(
    command ? commandHelp(command) : listHelp(group, about),
    (command ? [command] : group).map(describe),
  )
}

function listHelp(commands: readonly Description[], group: string): string[] {
  const rows = columns(commands.map((command) => [nameWithOperands(command), firstSentence(command.summary)]))
  const head = group === '' ? ['Sigil, a self-hosted authentication server.', ''] : []
  const usage = group === '' ? 'COMMAND' : `${group} COMMAND`
  return [
    ...head,
    `Usage: sigil ${usage} [flags]`,
    ...(group === '' ? inSections(commands, rows) : ['', ...rows]),
    '',
    'Every command takes --help for its details and --json for programs.',
    'Settings are environment variables: see .env.example.',
  ]
}

function inSections(commands: readonly Description[], rows: readonly string[]): string[] {
  return Object.keys(sections).flatMap((title) => {
    const own = rows.filter((_, at) => sectionOf(commands[at]?.name ?? '') === title)
    return own.length === 0 ? [] : ['', title, ...own]
  })
}

/** A command of two words may have a heading of its own; otherwise its first word decides. */
function sectionOf(name: string): string {
  const has = (word: string) => Object.keys(sections).find((title) => sections[title]?.includes(word))
  return has(name) ?? has(name.split(' ')[0] ?? '') ?? 'Check and help'
}

function commandHelp(command: Description): string[] {
  const example = examples[command.name]
  return [
    command.summary,
    '',
    `Usage: sigil ${synopsis(command)} [flags]`,
    ...(example === undefined ? [] : [`Example: sigil ${example}`]),
    '',
    ...columns(Object.entries(flagsOf(command)).map(([name, flag]) => [flagText(name, flag), flag.summary])),
    '',
    'Exit codes: 0 success, 1 failure, 2 usage, 3 configuration, 4 not found, 5 conflict.',
  ]
}

function nameWithOperands({ name, operands }: Description): string {
  return [name, ...operands.map((operand) => operand.toUpperCase())].join(' ')
}

/** The list shows one sentence; the help of the command shows the rest. */
export function firstSentence(summary: string): string {
  return summary.split(/(?<=\.) |[,:;] /)[0]?.replace(/\.?$/, '.') ?? summary
}

function synopsis(command: Description): string {
  const required = Object.entries(command.flags).filter(([, flag]) => isRequired(flag))
  return [nameWithOperands(command), ...required.map(([flag, is]) => flagText(flag, is))].join(' ')
}

function describe({ name, summary, operands, flags }: Description) {
  const described = Object.entries(flags).map(([flag, is]) => ({
    name: flag,
    summary: is.summary,
    required: isRequired(is),
  }))
  const example = examples[name]
  return { name, summary, operands, flags: described, ...(example === undefined ? {} : { example }) }
}

/** Aligns rows of texts in columns; the last column has any width. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows)
    for (const [at, text] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, text.length)
  return rows.map((row) => `  ${row.map((text, at) => text.padEnd(widths[at] ?? 0)).join('  ')}`.trimEnd())
}
