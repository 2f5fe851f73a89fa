import type { Context, LocalCommand, Output } from '#src/cli/command.ts'
import type { Mode } from '#src/settings/table.ts'

export const startCommand: LocalCommand = {
  name: 'start',
  summary: 'Run the server. The log is JSON, a line each.',
  operands: [],
  flags: {},
  needs: 'nothing',
  run: (_given, context) => serve('production', context),
}

export const dev: LocalCommand = {
  name: 'dev',
  summary: 'Run the server on this machine for development: nothing needs to be set.',
  operands: [],
  flags: {},
  needs: 'nothing',
  run: (_given, context) => serve('development', context),
}

/** All of the server is loaded only here: the other commands need a tenth of it. */
async function serve(mode: Mode, context: Context): Promise<Output> {
  const { runServer } = await import('#src/cli/run-server.ts')
  return runServer(mode, context)
}
