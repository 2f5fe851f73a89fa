import { parseArgs } from 'node:util'
import { type Arguments, type Description, type Flag, failure, type Output } from '#src/cli/command.ts'
import { asksFirst } from '#src/cli/questions.ts'
import { nearestOf } from '#src/platform/spelling.ts'

/** The flags of every command. */
const commonFlags: Readonly<Record<string, Flag>> = {
  json: { kind: 'switch', summary: 'Print one JSON document, for programs.' },
  help: { kind: 'switch', summary: 'Show the description and the flags of the command.' },
}

const yes: Flag = { kind: 'switch', summary: 'Do not ask for confirmation.' }

/** All flags that a command takes. */
export function flagsOf(command: Description): Readonly<Record<string, Flag>> {
  return { ...command.flags, ...(asksFirst(command) ? { yes } : {}), ...commonFlags }
}

export type Read<Command extends Description> =
  | { readonly kind: 'command'; readonly command: Command; readonly args: Arguments }
  /** `--help` of a command or a group. */
  | { readonly kind: 'help'; readonly about: string }
  | { readonly kind: 'wrong'; readonly output: Output }

type Tokens = NonNullable<ReturnType<typeof tokensOf>>

/** Reads the arguments by the table of commands. Messages repeat only words that cannot be secrets. */
export function readArguments<Command extends Description>(
  commands: readonly Command[],
  argv: readonly string[],
): Read<Command> {
  const words = argv.slice(0, wordCount(argv))
  const name = [2, 1].map((count) => words.slice(0, count).join(' ')).find((name) => find(commands, name))
  const command = name === undefined ? undefined : find(commands, name)
  if (command === undefined || name === undefined) return withoutCommand(commands, words, argv)
  const rest = argv.slice(name.split(' ').length)
  const flags = flagsOf(command)
  const tokens = tokensOf(rest, flags)
  // Before the rest is checked: people who need help often have the rest wrong.
  if (tokens.some((token) => token.kind === 'option' && isHelp(token.rawName)))
    return { kind: 'help', about: command.name }
  const parsed = parse(command, flags, tokens)
  return typeof parsed === 'string'
    ? wrong(parsed, `Run \`sigil ${command.name} --help\` for its usage.`)
    : { kind: 'command', command, args: parsed }
}

function usageError(...lines: string[]): Output {
  return failure('usage', lines)
}

function find<Command extends Description>(commands: readonly Command[], name: string): Command | undefined {
  return commands.find((command) => command.name === name)
}

function wordCount(argv: readonly string[]): number {
  const first = argv.findIndex((argument) => argument.startsWith('-'))
  return first < 0 ? argv.length : first
}

function isHelp(name: string): boolean {
  return name === '--help' || name === '-h'
}

function withoutCommand<Command extends Description>(
  commands: readonly Command[],
  words: readonly string[],
  argv: readonly string[],
): Read<Command> {
  const [first] = words
  const group = commands.filter(({ name }) => name.split(' ')[0] === first).map(({ name }) => name)
  const isGroup = first !== undefined && group.length > 0
  const wantsHelp = argv.some(isHelp)
  if (first === undefined) {
    if (wantsHelp) return { kind: 'help', about: '' }
    if (argv[0] === '--version') return readArguments(commands, ['version', ...argv.slice(1)])
    return wrong('Missing command: `sigil COMMAND`.', '`sigil help` lists the commands.')
  }
  if (wantsHelp && isGroup && words.length === 1) return { kind: 'help', about: first }
  if (isGroup && words.length === 1) return wrong(`Missing subcommand: \`${group.join('`, `')}\`.`)
  const typed = words.slice(0, 2).join(' ')
  const names = commands.map(({ name }) => name)
  const near = nearestOf(typed, names, maxDistance(typed)) ?? nearestOf(first, names, maxDistance(first))
  const advice = near ?? (isGroup ? group.join('`, `') : undefined)
  return advice === undefined
    ? wrong(`Unknown command: ${first}. \`sigil help\` lists the commands.`)
    : wrong(
        `Unknown command: ${isGroup ? typed : first}. Did you mean \`${advice}\`?`,
        '`sigil help` lists the commands.',
      )
}

function wrong(...lines: string[]): Extract<Read<never>, { kind: 'wrong' }> {
  return { kind: 'wrong', output: usageError(...lines) }
}

/** A name that differs in more than a third of its letters is a guess: a wrong one is worse than none. */
function maxDistance(word: string): number {
  return Math.max(2, word.length / 3)
}

function tokensOf(args: readonly string[], flags: Readonly<Record<string, Flag>>) {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { kind }]) => {
      const type: 'string' | 'boolean' = takesValue(kind) ? 'string' : 'boolean'
      return [name, { type }]
    }),
  )
  return parseArgs({
    args: args.map(escapeDash),
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  }).tokens
}

/** Ids may begin with a dash. The only flag with a single dash is `-h`, so other such words are operands. */
function escapeDash(argument: string): string {
  return /^-[^-]/.test(argument) && argument !== '-h' ? `\0${argument}` : argument
}

function unescapeDash(value: string): string {
  return value.replace(/^\0/, '')
}

/** The arguments by name, or a message about the first mistake. */
function parse(
  command: Description,
  flags: Readonly<Record<string, Flag>>,
  tokens: Tokens,
): Arguments | string {
  const args: Record<string, string | true | string[]> = {}
  const operands: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(unescapeDash(token.value))
    if (token.kind !== 'option') continue
    const flag = flags[token.name]
    const wrong = flag ? problemOf(flag, token, args) : unknownFlag(token.rawName, flags)
    if (wrong !== undefined) return wrong
    args[token.name] = flagValue(flag, unescapeDash(token.value ?? ''), args[token.name])
  }
  for (const [index, name] of command.operands.entries()) {
    const operand = operands[index]
    if (operand === undefined) return `\`${command.name}\` needs ${name.toUpperCase()}.`
    args[name] = operand
  }
  if (operands.length > command.operands.length) return `Too many arguments for \`${command.name}\`.`
  const missing = Object.entries(flags).find(([name, flag]) => isRequired(flag) && args[name] === undefined)
  return missing ? `\`${command.name}\` needs ${flagText(...missing)}.` : args
}

/** The value of a flag, added to those before it where the flag may be repeated. */
function flagValue(flag: Flag | undefined, value: string, before: string | true | string[] | undefined) {
  if (flag?.kind === 'list') return [...(Array.isArray(before) ? before : []), value]
  return flag?.kind === 'text' ? value : true
}

function takesValue(kind: Flag['kind']): boolean {
  return kind === 'text' || kind === 'list'
}

type OptionToken = Extract<Tokens[number], { kind: 'option' }>

function problemOf(flag: Flag, { name, value }: OptionToken, args: Arguments): string | undefined {
  if (flag.kind !== 'list' && args[name] !== undefined) return `--${name} is repeated.`
  if (!takesValue(flag.kind)) return value === undefined ? undefined : `--${name} takes no value.`
  return value === undefined || value === '' || value.startsWith('-') ? `--${name} needs a value.` : undefined
}

function unknownFlag(rawName: string, flags: Readonly<Record<string, Flag>>): string {
  const near = nearestOf(
    rawName,
    Object.keys(flags).map((name) => `--${name}`),
    maxDistance(rawName),
  )
  // As in --password for --password-stdin.
  const longer = Object.keys(flags).find((name) => rawName.length > 3 && `--${name}`.startsWith(rawName))
  const suggestion = near ?? (longer === undefined ? undefined : `--${longer}`)
  return `Unknown flag: ${rawName}.${suggestion === undefined ? '' : ` Did you mean ${suggestion}?`}`
}

export function isRequired(flag: Flag): boolean {
  return flag.kind !== 'switch' && flag.required
}

export function flagText(name: string, flag: Flag): string {
  return flag.kind === 'text' || flag.kind === 'list' ? `--${name} ${flag.value}` : `--${name}`
}
