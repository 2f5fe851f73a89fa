import type { Description } from '#src/cli/command.ts'
import { choicesOf, firstWords, flagEntries, groupsOf, isFile, takesFile } from '#src/cli/completion/words.ts'
import { firstSentence } from '#src/cli/help.ts'

export function zshCompletion(commands: readonly Description[]): string[] {
  const summaryOf = (word: string) => commands.find(({ name }) => name === word)?.summary ?? `${word} …`
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
      .map((word) => entry(word, summaryOf(word)))
      .join(' ')}) ;;`,
    ...commands.filter(({ name }) => name.includes(' ')).flatMap(commandCase),
    ...groupsOf(commands).flatMap(([group, verbs]) => {
      const words = verbs.map(({ name, summary }) => entry(name.slice(group.length + 1), summary))
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
  const flags = entries.map(([name, { summary }]) => entry(`--${name}`, summary)).join(' ')
  return [
    `    " ${command.name} "*)`,
    `      case $before in ${values.join(' ')}`,
    `        *) case $word in -*) replies=(${flags}) ;; *) ${takesFile(command) ? '_files' : ':'} ;; esac ;;`,
    '      esac ;;',
  ]
}

/** A word with its description, quoted. A colon separates the two. */
function entry(word: string, summary: string): string {
  return quoted(`${word}:${firstSentence(summary)}`)
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
