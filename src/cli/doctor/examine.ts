import { z } from 'zod'
import { requestServer } from '#src/cli/control-client.ts'
import { examineDatabase } from '#src/cli/doctor/database.ts'
import { examineFiles } from '#src/cli/doctor/files.ts'
import { type Finding, ok, warning, wrong } from '#src/cli/doctor/finding.ts'
import { inspect } from '#src/cli/doctor/inspect.ts'
import { examineMail } from '#src/cli/doctor/mail.ts'
import { examinePort, examineUrl } from '#src/cli/doctor/network.ts'
import { examineProviders } from '#src/cli/doctor/providers.ts'
import { isMissing } from '#src/cli/existing-database.ts'
import { failureOf } from '#src/cli/failures.ts'
import { fingerprint } from '#src/cli/protocol.ts'
import { type Clock, systemClock } from '#src/platform/clock.ts'
import { version } from '#src/platform/version.ts'
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

/** Runs every check, those of the database inside the server where one is running. */
export async function examine(settings: Settings, env: Environment): Promise<Finding[]> {
  const clock = systemClock
  const isRunning = (await askServer(settings)).findings !== undefined
  // First, because this request comes through the proxy, and the server then reports what it saw.
  const url = await examineUrl(settings, { clock, isRunning })
  const files = examineFiles(settings, env)
  const { server, findings } = await askServer(settings)
  const inside = findings ?? (await examineHere(settings, clock))
  const all = [...url, ...proxyFindings(settings, inside), await examinePort(settings), ...files]
  all.push(...(await Promise.all([examineMail(settings), examineProviders(settings)])).flat())
  return [...all, ...server, ...inside]
}

type Answer = {
  /** Findings about the server itself. */
  readonly server: readonly Finding[]
  /** The findings that the server reports; undefined where none runs on this database. */
  readonly findings: readonly Finding[] | undefined
}

async function askServer(settings: Settings): Promise<Answer> {
  const { dataDir, databaseUrl, publicUrl } = settings
  const database = fingerprint(databaseUrl)
  const request = { protocol: 1, release: version(), database, command: inspect.name, input: {} } as const
  try {
    const reply = await requestServer(dataDir, request)
    if (reply === undefined)
      return { server: [ok('server', 'No server is running on this data folder.')], findings: undefined }
    if (reply.kind === 'other_release') {
      const message = `The running server is release ${reply.release}, but this command is ${version()}.`
      return {
        server: [wrong('server', message, 'Run `sigil doctor` of that release.')],
        findings: undefined,
      }
    }
    if (reply.kind === 'elsewhere') {
      const message = 'The server on this data folder does not use the database in SIGIL_DATABASE_URL.'
      return {
        server: [warning('server', message, 'Run this command with the settings of the server.')],
        findings: undefined,
      }
    }
    if (reply.exit !== 0) return { server: [failedCheck('server', reply.lines)], findings: undefined }
    const { public_url, findings } = Inspected.parse(reply.json)
    if (public_url === publicUrl) return { server: [], findings }
    const message = `The public URL of the server is ${public_url}, but SIGIL_PUBLIC_URL is ${publicUrl}.`
    return {
      server: [warning('server', message, 'Run this command with the settings of the server.')],
      findings,
    }
  } catch (error) {
    return {
      server: [failedCheck('server', failureOf(error, { log: silentLog, settings }).lines)],
      findings: undefined,
    }
  }
}

/** Checks the database without migrating or creating it. */
async function examineHere(settings: Settings, clock: Clock): Promise<Finding[]> {
  const { dataDir } = settings
  if (isMissing(settings)) {
    return [warning('database', `There is no database in ${dataDir} yet.`, 'The first start creates it.')]
  }
  try {
    const db = await openStore(settings)
    try {
      return await examineDatabase(db, clock, settings)
    } finally {
      await db.close()
    }
  } catch (error) {
    return [failedCheck('database', failureOf(error, { log: silentLog, settings }).lines)]
  }
}

/** Findings from the settings alone, where the server has not reported better ones from its requests. */
function proxyFindings({ publicUrl, trustedProxies }: Settings, inside: readonly Finding[]): Finding[] {
  const isReported = inside.some(({ check }) => check === 'proxy')
  if (isReported || !publicUrl.startsWith('https:')) return []
  if (trustedProxies.texts.length > 0) return [ok('proxy', `Trusted: ${trustedProxies.texts.join(', ')}.`)]
  return [
    warning(
      'proxy',
      'TLS must end at a proxy, but no proxy is trusted: all clients will appear to have its IP address.',
      'Set SIGIL_TRUSTED_PROXIES to the IP address of the proxy.',
    ),
  ]
}

function failedCheck(check: string, [message = '', ...advice]: readonly string[]): Finding {
  return wrong(check, message, advice.join(' '))
}
