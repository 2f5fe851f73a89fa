import { type Command, type Flag, type LocalCommand, type Output, success } from '#src/cli/command.ts'
import { columns } from '#src/cli/help.ts'
import { misconfigured } from '#src/cli/run-command.ts'
import { modeToRead } from '#src/cli/running-mode.ts'
import { type ReadSettings, readSettings } from '#src/settings/settings.ts'

const flags: Readonly<Record<string, Flag>> = {
  dev: {
    kind: 'switch',
    summary: 'Read the settings as `sigil dev` does. Not needed beside a running server.',
  },
}

const check = configCommand('config check', 'Check every setting and list all problems.', () =>
  success(['ok'], { ok: true }),
)

const print = configCommand(
  'config print',
  'Print the effective settings and their sources, without secrets.',
  (shown) => {
    const rows = shown.map(({ name, value, from }) => [name, value, from])
    return success(columns([['NAME', 'VALUE', 'SOURCE'], ...rows]), { settings: shown })
  },
)

export const configCommands: readonly Command[] = [check, print]

type Shown = Extract<ReadSettings, { kind: 'ok' }>['shown']

function configCommand(name: string, summary: string, outputOf: (shown: Shown) => Output): LocalCommand {
  return {
    name,
    summary,
    operands: [],
    flags,
    needs: 'nothing',
    run: async (args, { env }) => {
      const mode = await modeToRead(env, args)
      const read = readSettings(env, mode)
      if (read.kind === 'ok') return outputOf(read.shown)
      const advice =
        mode === 'development' ? [] : [`For the settings of \`sigil dev\`, run \`sigil ${name} --dev\`.`]
      return misconfigured([...read.problems, ...advice])
    },
  }
}
