import { parseArgs } from 'node:util'
import { type Command, exits, type Flag, failure, type Given, type Output } from '#src/cli/command.ts'
import { nearestOf } from '#src/platform/spelling.ts'

/** What every command takes. */
export const commonFlags: Readonly<Record<string, Flag>> = {
  json: { kind: 'switch', summary: 'Answer with one JSON document, for programs.' },
  help: { kind: 'switch', summary: 'Say what the command does and takes.' },
}

export type Read =
  | { readonly kind: 'command'; readonly command: Command; readonly given: Given }
  /** `--help`, with the command or the group that it was asked of. */
  | { readonly kind: 'help'; readonly about: string }
  | { readonly kind: 'wrong'; readonly told: Output }

type Tokens = NonNullable<ReturnType<typeof tokensOf>>

/** Reads the arguments by the table. What is typed is repeated only where it cannot be a secret. */
export function readArguments(commands: readonly Command[], argv: readonly string[]): Read {
  const words = argv.slice(0, wordCount(argv))
  const name = [2, 1].map((count) => words.slice(0, count).join(' ')).find((name) => find(commands, name))
  const command = name === undefined ? undefined : find(commands, name)
  if (command === undefined || name === undefined) return withoutCommand(commands, words, argv)
  const rest = argv.slice(name.split(' ').length)
  const flags = { ...command.flags, ...commonFlags }
  const tokens = tokensOf(rest, flags)
  // Asked before the rest is judged: who needs help has often not got it right.
  if (tokens.some((token) => token.kind === 'option' && isHelp(token.rawName)))
    return { kind: 'help', about: command.name }
  const outcome = judge(command, flags, tokens)
  return typeof outcome === 'string'
    ? { kind: 'wrong', told: misused(outcome, `Run \`sigil ${command.name} --help\` to see what it takes.`) }
    : { kind: 'command', command, given: outcome }
}

export function misused(...lines: string[]): Output {
  return failure(exits.usage, 'usage', lines)
}

function find(commands: readonly Command[], name: string): Command | undefined {
  return commands.find((command) => command.name === name)
}

function wordCount(argv: readonly string[]): number {
  const first = argv.findIndex((argument) => argument.startsWith('-'))
  return first < 0 ? argv.length : first
}

function isHelp(name: string): boolean {
  return name === '--help' || name === '-h'
}

function withoutCommand(
  commands: readonly Command[],
  words: readonly string[],
  argv: readonly string[],
): Read {
  const [first] = words
  const group = commands.filter(({ name }) => name.split(' ')[0] === first).map(({ name }) => name)
  const isGroup = first !== undefined && group.length > 0
  const isAsked = argv.some(isHelp)
  if (first === undefined) {
    if (isAsked) return { kind: 'help', about: '' }
    if (argv[0] === '--version') return readArguments(commands, ['version', ...argv.slice(1)])
    return wrong('Say what to do: `sigil COMMAND`.', '`sigil help` lists the commands.')
  }
  if (isAsked && isGroup && words.length === 1) return { kind: 'help', about: first }
  if (isGroup && words.length === 1) return wrong(`Say which: \`${group.join('`, `')}\`.`)
  const said = words.slice(0, 2).join(' ')
  const names = commands.map(({ name }) => name)
  const near = nearestOf(said, names, nearness(said)) ?? nearestOf(first, names, nearness(first))
  const advice = near ?? (isGroup ? group.join('`, `') : undefined)
  const there = 'There is no such command'
  return advice === undefined
    ? wrong(`${there}: ${first}. \`sigil help\` lists those there are.`)
    : wrong(
        `${there}: ${isGroup ? said : first}. Did you mean \`${advice}\`?`,
        '`sigil help` lists them all.',
      )
}

function wrong(...lines: string[]): Read {
  return { kind: 'wrong', told: misused(...lines) }
}

/** Beyond a third of the letters it is a guess, and a wrong guess costs more than none. */
function nearness(word: string): number {
  return Math.max(2, word.length / 3)
}

function tokensOf(args: readonly string[], flags: Readonly<Record<string, Flag>>) {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { kind }]) => {
      const type: 'string' | 'boolean' = kind === 'text' ? 'string' : 'boolean'
      return [name, { type }]
    }),
  )
  return parseArgs({ args: args.map(marked), options, strict: false, allowPositionals: true, tokens: true })
    .tokens
}

/** Ids may begin with a dash. No flag but `-h` has only one, so the rest is words like others. */
function marked(argument: string): string {
  return /^-[^-]/.test(argument) && argument !== '-h' ? `\0${argument}` : argument
}

function unmarked(value: string): string {
  return value.replace(/^\0/, '')
}

/** What was given, or the first thing that is wrong with it. */
function judge(command: Command, flags: Readonly<Record<string, Flag>>, tokens: Tokens): Given | string {
  const given: Record<string, string | true> = {}
  const operands: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(unmarked(token.value))
    if (token.kind !== 'option') continue
    const flag = flags[token.name]
    const wrong = flag ? problemOf(flag, token, given) : unknownFlag(token.rawName, flags)
    if (wrong !== undefined) return wrong
    given[token.name] = flag?.kind === 'text' ? unmarked(token.value ?? '') : true
  }
  for (const [index, name] of command.operands.entries()) {
    const operand = operands[index]
    if (operand === undefined) return `\`${command.name}\` needs ${name.toUpperCase()}.`
    given[name] = operand
  }
  if (operands.length > command.operands.length) return `\`${command.name}\` was given too many words.`
  const missing = Object.entries(flags).find(([name, flag]) => isRequired(flag) && given[name] === undefined)
  return missing ? `\`${command.name}\` needs ${flagText(...missing)}.` : given
}

type OptionToken = Extract<Tokens[number], { kind: 'option' }>

function problemOf(flag: Flag, { name, value }: OptionToken, given: Given): string | undefined {
  if (given[name] !== undefined) return `--${name} is given twice.`
  if (flag.kind !== 'text') return value === undefined ? undefined : `--${name} takes no value.`
  return value === undefined || value === '' || value.startsWith('-') ? `--${name} needs a value.` : undefined
}

function unknownFlag(rawName: string, flags: Readonly<Record<string, Flag>>): string {
  const near = nearestOf(
    rawName,
    Object.keys(flags).map((name) => `--${name}`),
    // A part of the name, as in --password for --password-stdin, is near too.
    nearness(rawName),
  )
  const longer = Object.keys(flags).find((name) => rawName.length > 3 && `--${name}`.startsWith(rawName))
  const meant = near ?? (longer === undefined ? undefined : `--${longer}`)
  return `There is no flag ${rawName}.${meant === undefined ? '' : ` Did you mean ${meant}?`}`
}

export function isRequired(flag: Flag): boolean {
  return flag.kind !== 'switch' && flag.required
}

export function flagText(name: string, flag: Flag): string {
  return flag.kind === 'text' ? `--${name} ${flag.value}` : `--${name}`
}
