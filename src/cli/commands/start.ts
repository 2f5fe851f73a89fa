import type { Context, LocalCommand, Output } from '#src/cli/command.ts'
import type { Mode } from '#src/settings/setting-row.ts'

export const startCommand: LocalCommand = {
  name: 'start',
  summary: 'Run the server. It logs one JSON object per line.',
  operands: [],
  flags: {},
  needs: 'nothing',
  run: (_args, context) => serve('production', context),
}

export const dev: LocalCommand = {
  name: 'dev',
  summary: 'Run the server on this machine for development. No settings are needed.',
  operands: [],
  flags: {},
  needs: 'nothing',
  run: (_args, context) => serve('development', context),
}

/** The server is loaded only here, because other commands need a tenth of the code. */
async function serve(mode: Mode, context: Context): Promise<Output> {
  const { runServer } = await import('#src/cli/run-server.ts')
  return runServer(mode, context)
}
