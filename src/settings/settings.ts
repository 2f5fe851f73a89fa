import { statSync } from 'node:fs'
import type { z } from 'zod'
import { type AppsFile, readAppsFile } from '#src/settings/apps-file.ts'
import { type Provider, withSecrets } from '#src/settings/providers.ts'
import type { Mode } from '#src/settings/setting-row.ts'
import {
  defaultOf,
  nameOf,
  rowOf,
  type SettingKey,
  settingKeys,
  type settingRows,
} from '#src/settings/table.ts'
import { readTextFile } from '#src/settings/text-file.ts'
import { isServiceUrl, unknownNames } from '#src/settings/unknown-names.ts'

export type Settings = Omit<SettingsAsRead, 'providers' | 'appsFile'> & {
  readonly appsFile: AppsFile | undefined
  /** With their secrets, which are read from the places that the setting names. */
  readonly providers: readonly Provider[]
  /** Of password hashes. Only tests set it: no variable does. */
  readonly hashCost?: { readonly memoryCost: number; readonly timeCost: number } | undefined
}

type SettingsAsRead = {
  readonly [Key in SettingKey]: z.output<(typeof settingRows)[Key]['read']>
}

/** Whether mail can go out: to a mail server, or to the mailbox of a development server. */
export function canSendMail({ smtpUrl, devMail }: Settings): boolean {
  return smtpUrl !== undefined || devMail === 'on'
}

/** By default, verification is required only where mail is really delivered. */
export function emailVerificationOf(settings: Settings): 'required' | 'optional' | 'off' {
  return settings.emailVerification ?? (settings.smtpUrl === undefined ? 'optional' : 'required')
}

/** One line of `sigil config print`: the effective value and its source. */
export type ShownSetting = { name: string; value: string; from: 'default' | 'environment' | 'file' }

export type ReadSettings =
  | { kind: 'ok'; settings: Settings; shown: ShownSetting[] }
  | { kind: 'problems'; problems: string[] }

export type Environment = Readonly<Record<string, string | undefined>>

/** Reads all settings and reports all problems at once. */
export function readSettings(env: Environment, mode: Mode): ReadSettings {
  const problems = unknownNames(env)
  const values: Partial<Record<SettingKey, unknown>> = {}
  const shown: ShownSetting[] = []
  for (const key of settingKeys) {
    // Reported once, together with the other variables of Kubernetes.
    if (key === 'port' && isServiceUrl(env[nameOf(key)] ?? '')) continue
    const found = find(key, env, mode)
    if (found.from === 'nowhere') {
      problems.push(found.problem)
      continue
    }
    const parsed = rowOf(key).read.safeParse(found.text)
    if (parsed.success) values[key] = parsed.data
    else problems.push(errorOf(key, found, parsed.error))
    shown.push({ name: nameOf(key), value: shownValue(key, found.text), from: found.from })
  }
  if (problems.length > 0) return { kind: 'problems', problems }
  const asRead = values as SettingsAsRead
  const { providers, problems: unread } = withSecrets(asRead.providers ?? [], env)
  const appsFile = asRead.appsFile === undefined ? undefined : readAppsFile(asRead.appsFile, env)
  if (typeof appsFile === 'string') unread.push(`${nameOf('appsFile')}: ${appsFile}`)
  const settings = { ...asRead, providers, appsFile: typeof appsFile === 'string' ? undefined : appsFile }
  const conflicts = [...unread, ...conflictsOf(settings, mode)]
  if (conflicts.length > 0) return { kind: 'problems', problems: conflicts }
  sources.set(settings, shown)
  return { kind: 'ok', settings, shown }
}

const sources = new WeakMap<Settings, readonly ShownSetting[]>()

/** The same lines for the settings of a running server. */
export function shownSettings(settings: Settings): readonly ShownSetting[] {
  return sources.get(settings) ?? []
}

/**
 * The settings once the server listens: with port 0 the port and the default public URL are known only then.
 */
export function listeningOn(port: number, settings: Settings): Settings {
  const followsPort = settings.publicUrl === 'http://localhost:0'
  const publicUrl = followsPort ? `http://localhost:${port}` : settings.publicUrl
  const listening = { ...settings, port, publicUrl }
  const now: Readonly<Record<string, string>> = {
    [nameOf('port')]: String(port),
    [nameOf('publicUrl')]: publicUrl,
  }
  sources.set(
    listening,
    shownSettings(settings).map((row) => ({ ...row, value: now[row.name] ?? row.value })),
  )
  return listening
}

type Found =
  | { from: 'default' | 'environment'; text: string | undefined }
  | { from: 'file'; path: string; text: string }
  | { from: 'nowhere'; problem: string }

/** An empty value counts as not set: compose files pass unset variables on like that. */
function find(key: SettingKey, env: Environment, mode: Mode): Found {
  const name = nameOf(key)
  const text = env[name] || undefined
  const path = rowOf(key).secret ? env[`${name}_FILE`] || undefined : undefined
  const padded = [isPadded(text) && name, isPadded(path) && `${name}_FILE`].find((one) => one !== false)
  if (padded !== undefined) return { from: 'nowhere', problem: `${padded} ${paddedText}` }
  if (text !== undefined && path !== undefined) {
    return { from: 'nowhere', problem: `${name} and ${name}_FILE are both set. Keep one of them.` }
  }
  if (path !== undefined) return secretFile(key, path)
  if (key === 'databaseUrl' && text === undefined && mode === 'production') {
    const empty = [name, `${name}_FILE`].find((one) => env[one] === '')
    if (empty !== undefined) return { from: 'nowhere', problem: emptyDatabaseUrl(empty) }
  }
  if (text !== undefined) return { from: 'environment', text }
  return { from: 'default', text: defaultText(key, env, mode) }
}

const paddedText =
  'has white space at its beginning or end, such as the carriage return of a Windows file. Remove it.'

/** A path with a carriage return would silently be another path. */
function isPadded(text: string | undefined): boolean {
  return text !== undefined && text !== text.trim()
}

/** A variable left empty by mistake would start an empty server on SQLite instead of the real database. */
function emptyDatabaseUrl(name: string): string {
  return `${name} is empty. Set it, or remove it to use the embedded SQLite database.`
}

const unreadable = 'Correct the path, or let this user read the file.'

function secretFile(key: SettingKey, path: string): Found {
  const name = nameOf(key)
  const read = readTextFile(path)
  if (read.kind === 'problem') {
    const advice = read.why.startsWith('cannot') ? ` ${unreadable}` : ''
    return { from: 'nowhere', problem: `${name}_FILE is ${path}, which ${read.why}.${advice}` }
  }
  return { from: 'file', path, text: rowOf(key).isDocument ? read.text : read.text.trim() }
}

function defaultText(key: SettingKey, env: Environment, mode: Mode): string | undefined {
  const port = env[nameOf('port')] || defaultOf('port', mode)
  // A port that cannot be read is reported once, by its own row.
  const readable = rowOf('port').read.safeParse(port).success ? port : defaultOf('port', mode)
  return defaultOf(key, mode)?.replace(`{${nameOf('port')}}`, readable ?? '')
}

/** The beginning is enough to recognize a value. */
const maxShown = 100

function errorOf(key: SettingKey, found: Exclude<Found, { from: 'nowhere' }>, error: z.ZodError) {
  const row = rowOf(key)
  const { text } = found
  const name = found.from === 'file' ? `${nameOf(key)}_FILE is ${found.path}, whose value` : nameOf(key)
  if (text === undefined) return `${name} must be set, for example to ${row.example}. ${row.description}`
  const [issue] = error.issues
  const followsName = issue?.code === 'custom' && issue.params?.followsName === true
  if (followsName) return `${name} ${issue.message}`
  const shownText = text.length > maxShown ? `${text.slice(0, maxShown).toWellFormed()}…` : text
  const value = row.secret ? '' : `, not ${JSON.stringify(shownText)}`
  return `${name} must be ${issue?.message}${value}.`
}

function shownValue(key: SettingKey, text: string | undefined): string {
  if (text === undefined) return '(not set)'
  if (text === '') return '(none)'
  return rowOf(key).secret ? '(set)' : text
}

const minRefreshLifetimeMs = 3_600_000

/** Problems between settings. */
function conflictsOf(settings: Settings, mode: Mode): string[] {
  const problems: string[] = []
  // For trying out what happens when sessions expire. No real site has a public URL with http.
  if (settings.refreshLifetimeMs < minRefreshLifetimeMs && settings.publicUrl.startsWith('https:')) {
    problems.push(`${nameOf('refreshLifetimeMs')} must be at least 1h unless ${nameOf('publicUrl')} is http.`)
  }
  if (settings.databaseDirectUrl !== undefined && settings.databaseUrl === undefined) {
    problems.push(
      `${nameOf('databaseDirectUrl')} is set without ${nameOf('databaseUrl')}. Set both or neither.`,
    )
  }
  const { hostname } = new URL(settings.publicUrl)
  const rpId = settings.passkeyRpId ?? hostname
  if (hostname !== rpId && !hostname.endsWith(`.${rpId}`)) {
    problems.push(
      `${nameOf('passkeyRpId')} must be ${hostname}, the host of ${nameOf('publicUrl')}, or a parent of it.`,
    )
  }
  if (settings.mfa === 'off' && settings.mfaRequiredRoles.length > 0) {
    problems.push(`${nameOf('mfaRequiredRoles')} is set with ${nameOf('mfa')}=off. Remove one of them.`)
  }
  // All nodes need the same key, and a key created in the folder of one node would be lost with that node.
  const sharesDatabase = mode === 'production' && settings.databaseUrl !== undefined
  if (sharesDatabase && settings.masterKey === undefined) {
    const key = nameOf('masterKey')
    problems.push(
      `${key} or ${key}_FILE must be set with ${nameOf('databaseUrl')}. ${rowOf('masterKey').description}`,
    )
  }
  return [...problems, ...pictureProblems(settings), ...mailConflicts(settings, mode)]
}

const maxPictureBytes = 200 * 1024

/** Pages without the configured logo would look like those of another service. */
function pictureProblems({ brandLogo }: Settings): string[] {
  if (brandLogo === undefined) return []
  const size = statSync(brandLogo.path, { throwIfNoEntry: false })?.size
  if (size !== undefined && size <= maxPictureBytes) return []
  const reason = size === undefined ? 'does not exist' : 'is larger than 200 KiB'
  return [`${nameOf('brandLogo')} is ${brandLogo.path}, which ${reason}.`]
}

function mailConflicts(settings: Settings, mode: Mode): string[] {
  const problems: string[] = []
  const [smtpUrl, mailFrom] = [nameOf('smtpUrl'), nameOf('mailFrom')]
  if (settings.smtpUrl !== undefined && settings.mailFrom === undefined)
    problems.push(`${mailFrom} must be set with ${smtpUrl}, for example to ${rowOf('mailFrom').example}.`)
  if (mode === 'production' && settings.devMail === 'on') {
    const name = nameOf('devMail')
    problems.push(`${name} is on, but sign-in codes are shown only by \`sigil dev\`. Remove ${name}.`)
  }
  const verification = nameOf('emailVerification')
  if (mode === 'production' && settings.emailVerification === 'required' && settings.smtpUrl === undefined) {
    problems.push(
      `${verification} is required, but without ${smtpUrl} no mail can be sent. Set ${smtpUrl}, or ` +
        `${verification}=optional.`,
    )
  }
  return problems
}
