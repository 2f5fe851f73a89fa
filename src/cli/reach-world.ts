import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Context, exits, failure, type Output, type ServedCommand } from '#src/cli/command.ts'
import { isServed, requestServer } from '#src/cli/control-client.ts'
import { failureOf } from '#src/cli/failures.ts'
import { lockPatienceMs, openPatiently } from '#src/cli/open-patiently.ts'
import { masterKeyFor, openWorldOn } from '#src/cli/open-world.ts'
import { fingerprint } from '#src/cli/protocol.ts'
import { version } from '#src/cli/version.ts'
import { systemClock } from '#src/platform/clock.ts'
import { systemRandom } from '#src/platform/random.ts'
import { type Environment, readSettings, type Settings } from '#src/settings/settings.ts'
import { DatabaseInUse, type Db } from '#src/store/db.ts'
import { openStore } from '#src/store/open.ts'
import { type Log, openLogTo, silentLog } from '#src/telemetry/log.ts'

/** Runs a command where the database is open: in the server of this data folder, or else here. */
export async function runServed(command: ServedCommand, input: unknown, context: Context): Promise<Output> {
  // Enough to find the server, which has settings of its own. Whether these would do is asked only if none
  // runs.
  const found = readSettings(context.env, 'development')
  if (found.kind === 'problems') return misconfigured(found.problems)
  const { settings } = found
  const log = logOf(settings)
  try {
    const isElsewhere = command.needs === 'store' && settings.databaseUrl !== undefined
    const mayAsk = command.needs !== 'alone' && !isElsewhere
    const ask = async () => (mayAsk ? askServerFor(command, input, settings) : undefined)
    return (await ask()) ?? (await runHere(command, input, { context, log, ask }))
  } catch (error) {
    return failureOf(error, { log, settings })
  }
}

export function misconfigured(problems: readonly string[]): Output {
  return failure(exits.configuration, 'configuration', problems)
}

async function askServerFor(
  { name }: ServedCommand,
  input: unknown,
  { dataDir, databaseUrl }: Settings,
): Promise<Output | undefined> {
  const reply = await requestServer(dataDir, {
    protocol: 1,
    release: version(),
    database: fingerprint(databaseUrl),
    command: name,
    input,
  })
  if (reply?.kind === 'other_release') {
    return failure(exits.failed, 'other_release', [
      `The server that runs here is release ${reply.release}, and this is ${version()}.`,
      'Run the command of that release, or start the server anew.',
    ])
  }
  return reply?.kind === 'told' ? reply : undefined
}

type Here = { context: Context; log: Log; ask: () => Promise<Output | undefined> }

async function runHere(command: ServedCommand, input: unknown, { context, log, ask }: Here): Promise<Output> {
  const read = readSettings(withPublicUrl(context.env), 'production')
  if (read.kind === 'problems') return misconfigured(read.problems)
  const { settings } = read
  if (command.needs === 'alone' && (await isInUse(settings))) return serverRunning()
  const isNew = settings.databaseUrl === undefined && !existsSync(join(settings.dataDir, 'sigil.db'))
  const opened = await openOrAsk(settings, ask)
  if ('exit' in opened) return opened
  try {
    const typed = command.input.parse(input)
    if (command.needs === 'world') {
      const told = await command.run(await openWorldOn(opened, settings, log), typed)
      return isNew ? sayingThatItIsNew(told, settings) : told
    }
    const store = { db: opened, clock: systemClock }
    if (command.needs === 'store') return await command.run(store, typed)
    const keyFor = (db: Db) => masterKeyFor(db, settings)
    return await command.run({ ...store, random: systemRandom, masterKeyFor: keyFor }, typed)
  } finally {
    await opened.close()
  }
}

/** In the wrong folder a command would seem to work, and nothing of it would ever reach the server. */
function sayingThatItIsNew({ exit, lines, json }: Output, { dataDir }: Settings): Output {
  const note = [
    `There was no database in ${dataDir}, so one was made there.`,
    'If the server has its data elsewhere, name that folder in SIGIL_DATA_DIR, and run this again.',
  ]
  return { exit, lines: [...lines, '', ...note], json }
}

/** With PostgreSQL only the database itself knows, and the command asks it. */
async function isInUse({ databaseUrl, dataDir }: Settings): Promise<boolean> {
  return databaseUrl === undefined && isServed(dataDir)
}

function serverRunning(): Output {
  return failure(exits.conflict, 'server_running', [
    'A server runs on this data folder. Stop it, and run this again.',
  ])
}

/** Whoever has the database locked may be a server that is just starting: then it answers in a moment. */
async function openOrAsk(settings: Settings, ask: Here['ask']): Promise<Db | Output> {
  let answered: Output | undefined
  const mayPass = async (error: unknown, waitedMs: number) => {
    if (!(error instanceof DatabaseInUse)) return false
    answered = await ask()
    return answered === undefined && waitedMs < lockPatienceMs
  }
  const open = () => openStore(settings)
  return openPatiently(open, { clock: systemClock, everyMs: 100, mayPass }).catch((error) => {
    if (answered) return answered
    throw error
  })
}

/** Nothing that a command makes here names the public URL; a person at a keyboard should not have to. */
function withPublicUrl(env: Environment): Environment {
  return { ...env, SIGIL_PUBLIC_URL: env.SIGIL_PUBLIC_URL || 'http://localhost:8000' }
}

function logOf({ logLevel }: Settings): Log {
  return logLevel === 'debug' ? openLogTo(process.stderr, 'debug') : silentLog
}
