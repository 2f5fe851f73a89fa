import { flagsOf } from '#src/cli/arguments.ts'
import type { Description, Flag } from '#src/cli/command.ts'
import { firstSentence } from '#src/cli/help.ts'

/** The verbs of each group, such as `list` and `show` of `user`. */
export function groupsOf(commands: readonly Description[]): [group: string, verbs: Description[]][] {
  const groups = Map.groupBy(
    commands.filter(({ name }) => name.includes(' ')),
    ({ name }) => name.split(' ')[0] ?? '',
  )
  return [...groups]
}

/** The description of a command of one word, or the verbs of a group. */
export function summaryOfFirst(commands: readonly Description[], word: string): string {
  const command = commands.find(({ name }) => name === word)
  if (command) return firstSentence(command.summary)
  const verbs = commands.filter(({ name }) => name.startsWith(`${word} `))
  return verbs.map(({ name }) => name.slice(word.length + 1)).join(', ')
}

/** What may follow `sigil`: commands of one word, and groups. */
export function firstWords(commands: readonly Description[]): string[] {
  return [...new Set(commands.map(({ name }) => name.split(' ')[0] ?? ''))]
}

export function flagEntries(command: Description): [name: string, flag: Flag][] {
  return Object.entries(flagsOf(command))
}

/** The values of a flag with a fixed set of values, as in `web|browser|native`. */
export function choicesOf(flag: Flag): string[] {
  const value = 'value' in flag ? flag.value : ''
  return /^[\w|.-]+$/.test(value) && value.includes('|') ? value.split('|') : []
}

export function isFile(flag: Flag): boolean {
  return flag.kind === 'text' && flag.value === 'FILE'
}

export function takesFile({ operands }: Description): boolean {
  return operands.includes('file')
}
