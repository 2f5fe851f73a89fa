import type { Description } from '#src/cli/command.ts'
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

export function zshCompletion(commands: readonly Description[]): string[] {
  return [
    '#compdef sigil',
    '# Completion of sigil for zsh. Add to ~/.zshrc, after compinit: eval "$(sigil completion zsh)"',
    '_sigil() {',
    '  local word=$words[CURRENT] before=$words[CURRENT-1]',
    '  local -a given replies',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the shell
    '  given=(${words[2,CURRENT-1]:#-*})',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the shell
    '  case " ${(j: :)given} " in',
    `    "  ") replies=(${firstWords(commands)
      .map((word) => entry(word, summaryOfFirst(commands, word)))
      .join(' ')}) ;;`,
    ...commands.filter(({ name }) => name.includes(' ')).flatMap(commandCase),
    ...groupsOf(commands).flatMap(([group, verbs]) => {
      const words = verbs.map(({ name, summary }) =>
        entry(name.slice(group.length + 1), firstSentence(summary)),
      )
      const alone = commands.find(({ name }) => name === group)
      return [
        `    " ${group} ") replies=(${words.join(' ')})${alone && takesFile(alone) ? '; _files' : ''} ;;`,
      ]
    }),
    ...commands.filter(({ name }) => !name.includes(' ')).flatMap(commandCase),
    '  esac',
    "  (( $#replies )) && _describe 'sigil' replies",
    '}',
    'compdef _sigil sigil',
  ]
}

function commandCase(command: Description): string[] {
  const entries = flagEntries(command)
  const values = entries.flatMap(([name, flag]) => {
    const choices = choicesOf(flag)
    if (choices.length > 0) return [`--${name}) replies=(${choices.join(' ')}) ;;`]
    return isFile(flag) ? [`--${name}) _files ;;`] : []
  })
  const flags = entries.map(([name, { summary }]) => entry(`--${name}`, firstSentence(summary))).join(' ')
  const operand = takesFile(command) ? '_files' : `replies=(${(command.choices ?? []).join(' ')})`
  return [
    `    " ${command.name} "*)`,
    `      case $before in ${values.join(' ')}`,
    `        *) case $word in -*) replies=(${flags}) ;; *) ${operand} ;; esac ;;`,
    '      esac ;;',
  ]
}

/** A word with its description, quoted. A colon separates the two. */
function entry(word: string, text: string): string {
  return quoted(`${word}:${text}`)
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
