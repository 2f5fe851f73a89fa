import { z } from 'zod'
import { success, type WorldCommand, worldCommand } from '#src/cli/command.ts'
import { requestServer } from '#src/cli/control-client.ts'
import { version } from '#src/platform/version.ts'
import type { Mode } from '#src/settings/setting-row.ts'
import { type Environment, readSettings } from '#src/settings/settings.ts'

const Reported = z.object({ mode: z.enum(['development', 'production']) })
const name = 'mode'

/** Commands that read settings send it to a running server. It is not for people, so no table lists it. */
export function modeCommand(mode: Mode): WorldCommand {
  return worldCommand({
    name,
    creates: 'nothing',
    summary: 'Report whether this is `sigil dev` or `sigil start`.',
    operands: [],
    flags: {},
    input: z.strictObject({}),
    run: async () => success([], { mode }),
  })
}

/** How the settings are to be read: as by the server that runs on the data folder, if there is one. */
export async function modeToRead(env: Environment, { dev }: { dev?: string | true }): Promise<Mode> {
  if (dev) return 'development'
  // The development rules suffice to find the data folder.
  const read = readSettings(env, 'development')
  if (read.kind === 'problems') return 'production'
  const request = { protocol: 1, release: version(), database: null, command: name, input: {} } as const
  const reply = await requestServer(read.settings.dataDir, request).catch(() => undefined)
  const reported = Reported.safeParse(reply?.kind === 'output' ? reply.json : undefined)
  return reported.success ? reported.data.mode : 'production'
}
