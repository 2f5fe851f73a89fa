import { readFileSync } from 'node:fs'
import { readArguments } from '#src/cli/arguments.ts'
import type { Description, Output } from '#src/cli/command.ts'
import { completionOf } from '#src/cli/commands/completion.ts'
import { versionOutput } from '#src/cli/commands/version.ts'
import { helpAbout } from '#src/cli/help.ts'

/**
 * Help, the version and completion, from the printed list of commands: loading the code of the commands takes
 * several times as long. Undefined for everything else.
 */
export function quickOutput(words: readonly string[]): Output | undefined {
  const commands = listedCommands()
  const read = readArguments(commands, words)
  if (read.kind === 'help') return helpAbout(commands, read.about)
  if (read.kind === 'wrong') return undefined
  switch (read.command.name) {
    case 'help':
      return helpAbout(commands, '')
    case 'version':
      return versionOutput()
    case 'completion':
      return completionOf(read.args, commands)
    default:
      return undefined
  }
}

/** Printed from the table of commands by `node docs/print.ts`. */
function listedCommands(): readonly Description[] {
  return JSON.parse(readFileSync(new URL('command-list.json', import.meta.url), 'utf8'))
}
