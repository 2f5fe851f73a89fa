import { flushCompileCache } from 'node:module'
import { offerSetup } from '#src/accounts/first-admin.ts'
import { banner } from '#src/cli/banner.ts'
import { type Command, type Context, exits, type Output, success } from '#src/cli/command.ts'
import { openControl } from '#src/cli/control-server.ts'
import { failureOf } from '#src/cli/failures.ts'
import { misconfigured } from '#src/cli/run-command.ts'
import { modeCommand } from '#src/cli/running-mode.ts'
import { untilSignalled } from '#src/cli/signals.ts'
import { type Running, start } from '#src/cli/start.ts'
import { sleep, systemClock } from '#src/platform/clock.ts'
import { collectGarbage } from '#src/platform/garbage.ts'
import { version } from '#src/platform/version.ts'
import type { Mode } from '#src/settings/setting-row.ts'
import { readSettings, type Settings } from '#src/settings/settings.ts'
import { settingWarnings } from '#src/settings/warnings.ts'
import { type Log, openLog } from '#src/telemetry/log.ts'
import { ending } from '#src/world/ending.ts'

/** Runs a server. Resolves when it has stopped, or when it could not start. */
export async function runServer(mode: Mode, context: Context): Promise<Output> {
  const read = readSettings(context.env, mode)
  if (read.kind === 'problems') return misconfigured(read.problems)
  const { settings } = read
  const log = await openLog({ level: settings.logLevel, mode: context.isJson ? 'production' : mode })
  for (const { message, advice } of settingWarnings(settings, mode)) log.warn({ advice }, message)
  const stopSignal = untilSignalled(log)
  process.on('uncaughtException', (error) => {
    log.fatal({ error }, 'Uncaught exception; Sigil is exiting')
    process.exit(exits.failed)
  })
  const starting = start(settings, log).catch((error) => startFailure(error, { settings, log, mode }))
  const running = await Promise.race([starting, stoppedEarly(stopSignal, starting, log)])
  if ('exit' in running) return running
  const control = await openControl(running.world, () => servedCommands(mode, context))
  const token = mode === 'development' ? await offerSetup(running.world) : undefined
  const { publicUrl } = running.world.settings
  const setupUrl = token === undefined ? undefined : `${publicUrl}/admin/setup?token=${token}`
  announce(running, log, { mode, setupUrl, context })
  // Write the compile cache now: a server that is killed never reaches its exit.
  flushCompileCache()
  collectGarbage()
  await stopSignal
  ending(running.world).abort()
  // First, because running commands use the database.
  await control.close()
  await running.stop()
  log.info({}, 'Sigil has stopped')
  return success([], { stopped: true })
}

async function servedCommands(mode: Mode, context: Context): Promise<readonly Command[]> {
  const [{ servedAppsCommands }, { inspect }] = await Promise.all([
    import('#src/cli/commands/apps-file.ts'),
    import('#src/cli/doctor/inspect.ts'),
  ])
  return [...(await context.commands()), ...servedAppsCommands, inspect, modeCommand(mode)]
}

/** How long a start may still take after a signal, because one that succeeds can release its lease. */
const maxStartMs = 500

/** The result of a server that is stopped while it waits for its database or migrates it. */
async function stoppedEarly(
  stopSignal: Promise<void>,
  starting: Promise<Running | Output>,
  log: Log,
): Promise<Running | Output> {
  await stopSignal
  const outcome = await Promise.race([starting, sleep(systemClock, maxStartMs)])
  if (outcome) return outcome
  log.warn({}, 'Sigil was stopped before it was ready')
  // Connections and timers of the start would keep the process alive. Uncommitted work is rolled back.
  setImmediate(() => process.exit(exits.ok))
  return success([], { stopped: true, ready: false })
}

/** In production the error also goes to the log, which is on standard output. */
function startFailure(error: unknown, about: { settings: Settings; log: Log; mode: Mode }): Output {
  const output = failureOf(error, about)
  if (about.mode === 'production') about.log.fatal({ exit: output.exit }, output.lines.join(' '))
  return output
}

type Announced = {
  readonly mode: Mode
  /** The link that creates the first administrator. */
  readonly setupUrl: string | undefined
  readonly context: Context
}

function announce({ world }: Running, log: Log, { mode, setupUrl, context }: Announced): void {
  const { settings } = world
  const { env, isJson } = context
  if (mode === 'production' || isJson) {
    log.info({ url: settings.publicUrl, version: version(), port: settings.port }, 'Sigil is ready')
  } else if (process.stdout.isTTY) {
    process.stdout.write(`${banner(settings, env, setupUrl).join('\n')}\n`)
  } else {
    const lines = [
      `Sigil is ready on ${settings.publicUrl} (${version()})`,
      ...(setupUrl === undefined ? [] : [`Create the first administrator: ${setupUrl}`]),
    ]
    process.stdout.write(`${lines.join('\n')}\n`)
  }
}
