import { type Command, type Flag, type LocalCommand, type Output, told } from '#src/cli/command.ts'
import { columns } from '#src/cli/help.ts'
import { misconfigured } from '#src/cli/reach-world.ts'
import { type ReadSettings, readSettings } from '#src/settings/settings.ts'

const flags: Readonly<Record<string, Flag>> = {
  dev: { kind: 'switch', summary: 'Read them as `sigil dev` does, not as `sigil start` does.' },
}

const check = configCommand('config check', 'Read every setting, and name everything that is wrong.', () =>
  told(['ok'], { ok: true }),
)

const print = configCommand(
  'config print',
  'Print what is in force and who said so, without secrets.',
  (shown) => {
    const rows = shown.map(({ name, value, from }) => [name, value, from])
    return told(columns([['NAME', 'VALUE', 'FROM'], ...rows]), { settings: shown })
  },
)

export const configCommands: readonly Command[] = [check, print]

type Shown = Extract<ReadSettings, { kind: 'ok' }>['shown']

function configCommand(name: string, summary: string, tellOf: (shown: Shown) => Output): LocalCommand {
  return {
    name,
    summary,
    operands: [],
    flags,
    needs: 'nothing',
    run: async (given, { env }) => {
      const read = readSettings(env, given.dev ? 'development' : 'production')
      if (read.kind === 'ok') return tellOf(read.shown)
      const advice = given.dev ? [] : [`For \`sigil dev\` ask \`sigil ${name} --dev\`.`]
      return misconfigured([...read.problems, ...advice])
    },
  }
}
