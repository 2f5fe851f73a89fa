import { flushCompileCache } from 'node:module'
import { banner } from '#src/cli/banner.ts'
import { type Context, exits, type Output, told } from '#src/cli/command.ts'
import { openControl } from '#src/cli/control-server.ts'
import { inspect } from '#src/cli/doctor/inspect.ts'
import { failureOf } from '#src/cli/failures.ts'
import { misconfigured } from '#src/cli/reach-world.ts'
import { untilSignalled } from '#src/cli/signals.ts'
import { type Running, start } from '#src/cli/start.ts'
import { version } from '#src/cli/version.ts'
import { readSettings, type Settings } from '#src/settings/settings.ts'
import type { Mode } from '#src/settings/table.ts'
import { type Log, openLog } from '#src/telemetry/log.ts'
import { ending } from '#src/world/ending.ts'

/** A server from its start to its end: resolves when it has stopped, or tells why it did not start. */
export async function runServer(mode: Mode, context: Context): Promise<Output> {
  const read = readSettings(context.env, mode)
  if (read.kind === 'problems') return misconfigured(read.problems)
  const { settings } = read
  const log = await openLog({ level: settings.logLevel, mode: context.isJson ? 'production' : mode })
  const signalled = untilSignalled(log)
  process.on('uncaughtException', (error) => {
    log.fatal({ error }, 'Sigil is broken and ends')
    process.exit(exits.failed)
  })
  const running = await start(settings, log).catch((error) => notStarted(error, { settings, log, mode }))
  if ('exit' in running) return running
  const control = await openControl(running.world, [...context.commands, inspect])
  announce(running, log, mode, context)
  // What was compiled is kept although a server may be killed and never come to its end.
  flushCompileCache()
  await signalled
  ending(running.world).abort()
  // First, for running commands use the database that is closed then.
  await control.close()
  await running.stop()
  log.info({}, 'Sigil has stopped')
  return told([], { stopped: true })
}

/** The log is for those who collect it; whoever typed the command reads the other stream. */
function notStarted(error: unknown, about: { settings: Settings; log: Log; mode: Mode }): Output {
  const told = failureOf(error, about)
  if (about.mode === 'production') about.log.fatal({ exit: told.exit }, told.lines.join(' '))
  return told
}

function announce({ world }: Running, log: Log, mode: Mode, { env, isJson }: Context): void {
  const { settings } = world
  if (mode === 'production' || isJson) {
    log.info({ url: settings.publicUrl, version: version(), port: settings.port }, 'Sigil is ready')
  } else if (process.stdout.isTTY) {
    process.stdout.write(`${banner(settings, env).join('\n')}\n`)
  } else process.stdout.write(`Sigil is ready on ${settings.publicUrl} (${version()})\n`)
}
