import type { Description, Flag } from '#src/cli/command.ts'
import {
  choicesOf,
  firstWords,
  flagEntries,
  groupsOf,
  isFile,
  summaryOfFirst,
  takesFile,
} from '#src/cli/completion/words.ts'
import { firstSentence } from '#src/cli/help.ts'

export function fishCompletion(commands: readonly Description[]): string[] {
  return [
    '# Completion of sigil for fish. Save as ~/.config/fish/completions/sigil.fish',
    'function __sigil_given',
    "    string match -v -- '-*' (commandline -opc)[2..-1]",
    'end',
    '# Whether exactly these words are given, or with --in at least these.',
    'function __sigil_at',
    '    set -l given (__sigil_given)',
    '    set -l wanted $argv',
    '    if test "$wanted[1]" = --in',
    '        set -e wanted[1]',
    '        test (count $given) -ge (count $wanted); or return 1',
    '        set given $given[1..(count $wanted)]',
    '    end',
    '    test "$given" = "$wanted"',
    'end',
    'complete -c sigil -f',
    ...firstWords(commands).map((word) => verb('', word, summaryOfFirst(commands, word))),
    ...groupsOf(commands).flatMap(([group, verbs]) =>
      verbs.map(({ name, summary }) => verb(group, name.slice(group.length + 1), firstSentence(summary))),
    ),
    ...commands.flatMap((command) => [
      ...flagEntries(command).map(([name, flag]) => flagLine(command, name, flag)),
      ...(command.choices ?? []).map((word) => verb(command.name, word, '')),
      ...(takesFile(command) ? [`complete -c sigil -n '__sigil_at --in ${command.name}' -F`] : []),
    ]),
  ]
}

function verb(group: string, word: string, text: string): string {
  const condition = group === '' ? '__sigil_at' : `__sigil_at ${group}`
  const description = text === '' ? '' : ` -d ${quoted(text)}`
  return `complete -c sigil -n '${condition}' -a ${word}${description}`
}

function flagLine({ name: command }: Description, name: string, flag: Flag): string {
  const choices = choicesOf(flag)
  const takesValue = flag.kind === 'text' || flag.kind === 'list'
  const value = [
    takesValue && '-r',
    isFile(flag) ? '-F' : takesValue && '-f',
    choices.length > 0 && `-a ${quoted(choices.join(' '))}`,
  ]
  const parts = value.filter((part) => part !== false).map((part) => ` ${part}`)
  const description = quoted(firstSentence(flag.summary))
  return `complete -c sigil -n '__sigil_at --in ${command}' -l ${name}${parts.join('')} -d ${description}`
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
