import { type Context, failure, type Output, type Report, type ServedCommand } from '#src/cli/command.ts'
import { isServed, requestServer } from '#src/cli/control-client.ts'
import { hasTables, isMissing, mayCreate, noDatabase } from '#src/cli/existing-database.ts'
import { failureOf } from '#src/cli/failures.ts'
import { maxLockWaitMs, openWithRetries } from '#src/cli/open-with-retries.ts'
import { masterKeyFor, openWorldOn } from '#src/cli/open-world.ts'
import { atIntervals, terminalProgress } from '#src/cli/progress.ts'
import { fingerprint } from '#src/cli/protocol.ts'
import { readInput } from '#src/cli/read-input.ts'
import { systemClock } from '#src/platform/clock.ts'
import { systemRandom } from '#src/platform/random.ts'
import { version } from '#src/platform/version.ts'
import { type Environment, readSettings, type Settings } from '#src/settings/settings.ts'
import { DatabaseInUse, type Db } from '#src/store/db.ts'
import { openStore } from '#src/store/open.ts'
import { type Log, openLogTo, silentLog } from '#src/telemetry/log.ts'

/** Runs a command where the database is open: in the server of this data folder, or else in this process. */
export async function runCommand(command: ServedCommand, input: unknown, context: Context): Promise<Output> {
  // The development rules suffice to find a running server, which has its own settings. The production rules
  // apply when the command runs in this process.
  const found = readSettings(context.env, 'development')
  if (found.kind === 'problems') return misconfigured(found.problems)
  const { settings } = found
  const log = logOf(settings)
  const progress = terminalProgress()
  try {
    const isElsewhere = command.needs === 'store' && settings.databaseUrl !== undefined
    const mayRunInServer = command.needs !== 'alone' && !isElsewhere
    const askServer = async () =>
      mayRunInServer ? runInServer(command, input, settings, progress.report) : undefined
    const { report } = progress
    return (await askServer()) ?? (await runHere(command, input, { context, log, askServer, report }))
  } catch (error) {
    return failureOf(error, { log, settings })
  } finally {
    progress.clear()
  }
}

export function misconfigured(problems: readonly string[]): Output {
  return failure('configuration', problems)
}

/** Undefined where no server runs for this database. */
async function runInServer(
  { name }: ServedCommand,
  input: unknown,
  { dataDir, databaseUrl }: Settings,
  report: Report,
): Promise<Output | undefined> {
  const request = {
    protocol: 1,
    release: version(),
    database: fingerprint(databaseUrl),
    command: name,
    input,
  } as const
  const reply = await requestServer(dataDir, request, report)
  if (reply?.kind === 'other_release') {
    return failure('other_release', [
      `The running server is release ${reply.release}, and this command is release ${version()}.`,
      'Use the command of that release, or restart the server.',
    ])
  }
  return reply?.kind === 'output' ? reply : undefined
}

type Here = {
  context: Context
  log: Log
  askServer: () => Promise<Output | undefined>
  report: Report
}

async function runHere(command: ServedCommand, input: unknown, here: Here): Promise<Output> {
  const { context, log, askServer } = here
  const report = atIntervals(systemClock, here.report)
  const read = readSettings(withPublicUrl(context.env), 'production')
  if (read.kind === 'problems') return misconfigured(read.problems)
  const { settings } = read
  if (command.needs === 'alone' && (await isInUse(settings))) return serverRunning()
  const isNew = isMissing(settings)
  const needsExisting = !mayCreate(command, input)
  if (isNew && needsExisting) return noDatabase(settings)
  const opened = await openOrAskServer(settings, askServer)
  if ('exit' in opened) return opened
  try {
    const read = readInput(command, input)
    if (read.kind === 'wrong') return read.output
    const parsed = read.input
    if (command.needs === 'world') {
      if (needsExisting && !(await hasTables(opened))) return noDatabase(settings)
      const output = await command.run(await openWorldOn(opened, settings, log), parsed, report)
      return isNew ? withNewDatabaseNote(output, settings) : output
    }
    const store = { db: opened, clock: systemClock }
    if (command.needs === 'store') return await command.run(store, parsed, report)
    const keyFor = (db: Db) => masterKeyFor(db, settings)
    return await command.run({ ...store, random: systemRandom, masterKeyFor: keyFor }, parsed, report)
  } finally {
    await opened.close()
  }
}

/** In the wrong folder a command would seem to succeed without any effect on the server. */
function withNewDatabaseNote({ exit, lines, json }: Output, { dataDir }: Settings): Output {
  const note = [
    `There was no database in ${dataDir}, so a new one was created.`,
    'If the server has its data in another folder, set SIGIL_DATA_DIR to that folder and run this again.',
  ]
  return { exit, lines: [...lines, '', ...note], json }
}

/** With PostgreSQL the command itself checks the database for running nodes. */
async function isInUse({ databaseUrl, dataDir }: Settings): Promise<boolean> {
  return databaseUrl === undefined && isServed(dataDir)
}

function serverRunning(): Output {
  return failure('server_running', ['A server is running on this data folder. Stop it, and run this again.'])
}

/** A locked database may belong to a server that is still starting and will soon accept commands. */
async function openOrAskServer(settings: Settings, askServer: Here['askServer']): Promise<Db | Output> {
  let reply: Output | undefined
  const shouldRetry = async (error: unknown, waitedMs: number) => {
    if (!(error instanceof DatabaseInUse)) return false
    reply = await askServer()
    return reply === undefined && waitedMs < maxLockWaitMs
  }
  const open = () => openStore(settings)
  return openWithRetries(open, { clock: systemClock, everyMs: 100, shouldRetry }).catch((error) => {
    if (reply) return reply
    throw error
  })
}

/** No command puts the public URL into anything it creates, so it need not be set. */
function withPublicUrl(env: Environment): Environment {
  return { ...env, SIGIL_PUBLIC_URL: env.SIGIL_PUBLIC_URL || 'http://localhost:8000' }
}

function logOf({ logLevel }: Settings): Log {
  return logLevel === 'debug' ? openLogTo(process.stderr, 'debug') : silentLog
}
