import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { requestServer } from '#src/cli/control-client.ts'
import { examineDatabase } from '#src/cli/doctor/database.ts'
import { examineFiles } from '#src/cli/doctor/files.ts'
import { type Finding, ok, warning, wrong } from '#src/cli/doctor/finding.ts'
import { inspect } from '#src/cli/doctor/inspect.ts'
import { examinePort, examineUrl } from '#src/cli/doctor/reach.ts'
import { failureOf } from '#src/cli/failures.ts'
import { fingerprint } from '#src/cli/protocol.ts'
import { version } from '#src/cli/version.ts'
import { type Clock, systemClock } from '#src/platform/clock.ts'
import type { Environment, Settings } from '#src/settings/settings.ts'
import { openStore } from '#src/store/open.ts'
import { silentLog } from '#src/telemetry/log.ts'

const Inspected = z.object({
  public_url: z.string(),
  findings: z.array(
    z.object({
      check: z.string(),
      verdict: z.enum(['ok', 'warning', 'wrong']),
      message: z.string(),
      advice: z.string().nullable(),
    }),
  ),
})

/** Everything that can be looked at from here, in the server where one runs. */
export async function examine(settings: Settings, env: Environment): Promise<Finding[]> {
  const clock = systemClock
  const isRunning = (await ask(settings)).findings !== undefined
  // Before the server is asked: this call comes through the proxy like everybody's, and the server sees how.
  const url = await examineUrl(settings, { clock, isRunning })
  const files = examineFiles(settings, env)
  const { server, findings } = await ask(settings)
  const inside = findings ?? (await examineHere(settings, clock))
  const all = [...url, ...proxyFindings(settings, inside), await examinePort(settings), ...files]
  return [...all, ...server, ...inside]
}

type Answered = {
  /** About the server itself, as far as that can be said without it. */
  readonly server: readonly Finding[]
  /** What it says; undefined where none answers for this database. */
  readonly findings: readonly Finding[] | undefined
}

async function ask(settings: Settings): Promise<Answered> {
  const { dataDir, databaseUrl, publicUrl } = settings
  const database = fingerprint(databaseUrl)
  const question = { protocol: 1, release: version(), database, command: inspect.name, input: {} } as const
  try {
    const reply = await requestServer(dataDir, question)
    if (reply === undefined)
      return { server: [ok('server', 'None runs on this data folder.')], findings: undefined }
    if (reply.kind === 'other_release') {
      const message = `The server that runs is release ${reply.release}, and this is ${version()}.`
      return { server: [wrong('server', message, 'Run the doctor of that release.')], findings: undefined }
    }
    if (reply.kind === 'elsewhere') {
      const message = 'The server that runs on this data folder has another database than SIGIL_DATABASE_URL.'
      return { server: [warning('server', message, 'Give both the same settings.')], findings: undefined }
    }
    if (reply.exit !== 0) return { server: [broken('server', reply.lines)], findings: undefined }
    const { public_url, findings } = Inspected.parse(reply.json)
    if (public_url === publicUrl) return { server: [], findings }
    const message = `The server that runs says that it is ${public_url}, and these settings ${publicUrl}.`
    return {
      server: [warning('server', message, 'Run the doctor with the settings of the server.')],
      findings,
    }
  } catch (error) {
    return {
      server: [broken('server', failureOf(error, { log: silentLog, settings }).lines)],
      findings: undefined,
    }
  }
}

/** The database as it is, without migrating it and without making what is not there. */
async function examineHere(settings: Settings, clock: Clock): Promise<Finding[]> {
  const { databaseUrl, dataDir } = settings
  if (databaseUrl === undefined && !existsSync(join(dataDir, 'sigil.db'))) {
    return [warning('database', `There is none in ${dataDir} yet.`, 'The first start makes it.')]
  }
  try {
    const db = await openStore(settings)
    try {
      return await examineDatabase(db, clock, settings)
    } finally {
      await db.close()
    }
  } catch (error) {
    return [broken('database', failureOf(error, { log: silentLog, settings }).lines)]
  }
}

/** The settings alone tell this much; where calls have shown more, that is said instead. */
function proxyFindings({ publicUrl, trustedProxies }: Settings, inside: readonly Finding[]): Finding[] {
  const hasSeen = inside.some(({ check }) => check === 'proxy')
  if (hasSeen || !publicUrl.startsWith('https:')) return []
  if (trustedProxies.texts.length > 0) return [ok('proxy', `Trusted: ${trustedProxies.texts.join(', ')}.`)]
  return [
    warning(
      'proxy',
      'TLS must end at a proxy, and none is trusted: every visitor will seem to come from it.',
      'Name its address in SIGIL_TRUSTED_PROXIES.',
    ),
  ]
}

function broken(check: string, [message = '', ...advice]: readonly string[]): Finding {
  return wrong(check, message, advice.join(' '))
}
