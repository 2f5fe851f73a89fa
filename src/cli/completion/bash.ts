import type { Description } from '#src/cli/command.ts'
import { choicesOf, firstWords, flagEntries, groupsOf, isFile, takesFile } from '#src/cli/completion/words.ts'

/** Works with the bash 3.2 of macOS, which has no associative arrays. */
export function bashCompletion(commands: readonly Description[]): string[] {
  return [
    '# Completion of sigil for bash. Add to ~/.bashrc: eval "$(sigil completion bash)"',
    '_sigil() {',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the shell
    '  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}',
    '  local given="" replies="" files="" at',
    '  for ((at = 1; at < COMP_CWORD; at++)); do',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the shell
    '    case ${COMP_WORDS[at]} in -*) ;; *) given="$given ${COMP_WORDS[at]}" ;; esac',
    '  done',
    '  case "$given " in',
    `    " ") replies="${firstWords(commands).join(' ')}" ;;`,
    ...commands.filter(({ name }) => name.includes(' ')).flatMap(commandCase),
    ...groupsOf(commands).flatMap(([group, verbs]) => groupCase(commands, group, verbs)),
    ...commands.filter(({ name }) => !name.includes(' ')).flatMap(commandCase),
    '  esac',
    '  if [ -n "$files" ]; then COMPREPLY=($(compgen -f -W "$replies" -- "$word"))',
    '  else COMPREPLY=($(compgen -W "$replies" -- "$word")); fi',
    '}',
    'complete -o filenames -F _sigil sigil',
  ]
}

/** A group whose name is also a command, such as `import`, takes what that command takes as well. */
function groupCase(commands: readonly Description[], group: string, verbs: readonly Description[]): string[] {
  const words = verbs.map(({ name }) => name.slice(group.length + 1))
  const alone = commands.find(({ name }) => name === group)
  const files = alone && takesFile(alone) ? '; files=1' : ''
  return [`    " ${group} ") replies="${words.join(' ')}"${files} ;;`]
}

function commandCase(command: Description): string[] {
  const entries = flagEntries(command)
  const values = entries.flatMap(([name, flag]) => {
    const choices = choicesOf(flag)
    if (choices.length > 0) return [`--${name}) replies="${choices.join(' ')}" ;;`]
    return isFile(flag) ? [`--${name}) files=1 ;;`] : []
  })
  const flags = entries.map(([name]) => `--${name}`).join(' ')
  const operand = takesFile(command) ? 'files=1' : `replies="${(command.choices ?? []).join(' ')}"`
  const others = `-*) replies="${flags}" ;; *) ${operand} ;;`
  return [
    `    " ${command.name} "*)`,
    `      case $before in ${values.join(' ')}`,
    `        *) case $word in ${others} esac ;;`,
    '      esac ;;',
  ]
}
