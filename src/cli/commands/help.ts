import type { LocalCommand } from '#src/cli/command.ts'
import { helpAbout } from '#src/cli/help.ts'

/** `sigil help COMMAND` is read as `sigil COMMAND --help`. */
export const helpCommand: LocalCommand = {
  name: 'help',
  summary: 'List the commands, or show the help of one.',
  operands: [],
  flags: {},
  needs: 'nothing',
  run: async (_args, { commands }) => helpAbout(await commands(), ''),
}
