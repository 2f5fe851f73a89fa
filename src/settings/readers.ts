import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { z } from 'zod'
import { coversEverything, inCidrs, noCidrs, parseCidrs } from '#src/platform/addresses.ts'
import { readDatabaseUrl } from '#src/settings/database-url.ts'
import { type Reader, reader, rejectWith } from '#src/settings/reader.ts'

/** An IPv6 address may have the brackets that it has in a URL. */
export const host = reader('an IP address or a host name, such as 127.0.0.1 or ::1', (text) => {
  const bare = /^\[[\da-f:.]+\]$/i.test(text) ? text.slice(1, -1) : text
  return /^[\w.:-]+$/.test(bare) ? bare : undefined
})

/** With 0 the system chooses a free port. */
export const port = reader('a whole number from 0 to 65535', (text) => wholeNumber(text, 0, 65_535))

export const folder = reader('the path of a folder', (text) => resolve(text))

export const filePath = reader('the path of a file', (text) =>
  text.includes('\0') ? undefined : resolve(text),
)

/**
 * The origin of the server. Plain http would expose every password to the network, so it is for loopback
 * only.
 */
export const publicUrl = reader(
  'an https origin such as https://auth.example.org, without a path (http only on localhost)',
  originOf,
)

/**
 * The same rule for origins that may call with cookies: `*` or an http page would expose sessions to anyone.
 */
export const origins: Reader<string[]> = z.string().transform((text, context): string[] => {
  const entries = entriesOf(text)
  const wildcard = entries.find((entry) => entry.includes('*'))
  if (wildcard !== undefined) return rejectWith(context, wildcardProblem(wildcard))
  const read = every(entries, originOf)
  if (read !== undefined) return read
  context.addIssue({ code: 'custom', message: originsMessage })
  return z.NEVER
})

const originsMessage =
  'https origins separated by commas, such as https://app.example.org (http only on localhost, never *)'

/** A forgotten subdomain, or one that someone else can register, could use every session. */
function wildcardProblem(entry: string): string {
  return (
    `contains ${JSON.stringify(entry)}, and wildcards are not supported: every subdomain could act as ` +
    'the signed-in user. List each origin, separated by commas.'
  )
}

export const domain = reader('a domain in lower case, such as example.org', (text) =>
  /^(?=.{1,253}$)[a-z0-9-]+(?:\.[a-z0-9-]+)*$/.test(text) && !/^[\d.]+$/.test(text) ? text : undefined,
)

/** In addition to web origins, the origin of an Android app: the hash of its signing certificate. */
export const passkeyOrigins = reader(
  'https origins or android:apk-key-hash: values separated by commas (http only on localhost)',
  (text) => every(entriesOf(text), (entry) => (isAndroidApp(entry) ? entry : originOf(entry))),
)

function isAndroidApp(text: string): boolean {
  return /^android:apk-key-hash:[A-Za-z0-9_-]{20,64}$/.test(text)
}

export const postgresUrl: Reader<string> = z.string().transform((text, context): string => {
  const read = readDatabaseUrl(text)
  return read.kind === 'ok' ? text : rejectWith(context, read.problem)
})

/** RFC 9116 section 2.5.3 requires a URI; a plain email address becomes one. */
export const contact = reader(
  'an email address, or a mailto:, https:// or tel: URI, such as security@example.org',
  (text) => {
    const uri = /^[^\s@:/]+@[^\s@:/]+$/.test(text) ? `mailto:${text}` : text
    const isUri = /^(?:mailto:[^\s@]+@[^\s@]+|https:\/\/[^\s/]+\S*|tel:\+?[0-9-]+)$/.test(uri)
    return isUri && URL.canParse(uri) ? uri : undefined
  },
)

/** The URL of a service that is queried by a hash prefix, which is appended. */
export const rangeUrl = reader('an https URL that ends with a slash (http only on this machine)', (text) => {
  const url = URL.parse(text)
  if (!url || url.search !== '' || url.hash !== '' || !url.pathname.endsWith('/')) return undefined
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
    ? url.href
    : undefined
})

export type SmtpServer = {
  readonly host: string
  readonly port: number
  /** TLS from the first byte; otherwise STARTTLS. */
  readonly isTls: boolean
  /** Without STARTTLS nothing is sent. */
  readonly requiresTls: boolean
  readonly user: string | undefined
  readonly password: string | undefined
}

/** Messages contain sign-in codes, so they are sent unencrypted only to this machine, or on request. */
export const smtpUrl = reader(
  'a URL such as smtps://USER:PASSWORD@smtp.example.org, or smtp:// for STARTTLS (?tls=optional also sends ' +
    'without), with `@`, `:`, `/`, `?` and `#` of the password percent-encoded',
  (text): SmtpServer | undefined => {
    const url = URL.parse(text)
    if (!url || !/^smtps?:$/.test(url.protocol) || url.hostname === '') return undefined
    const tls = url.searchParams.get('tls')
    const isBare =
      /^\/?$/.test(url.pathname) && url.hash === '' && url.search.replace(/^\?tls=optional$/, '') === ''
    const isTls = url.protocol === 'smtps:'
    if (!isBare || (isTls && tls !== null)) return undefined
    return {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: Number(url.port) || (isTls ? 465 : 587),
      isTls,
      requiresTls: !isTls && tls === null && !isLoopback(url.hostname),
      user: decoded(url.username),
      password: decoded(url.password),
    }
  },
)

/** An email address, optionally with the name that mail programs show. */
export const mailbox = reader(
  'an email address, or NAME <ADDRESS>, such as Sigil <no-reply@example.org>',
  (text) =>
    /^(?:[^<>"\p{C}]* <[^\s<>@,"]+@[^\s<>@,"]+>|[^\s<>@,"]+@[^\s<>@,"]+)$/u.test(text) ? text : undefined,
)

export const masterKey = reader(
  "32 random bytes in base64url, for example from `openssl rand -base64 32 | tr '+/' '-_' | tr -d '='`",
  (text) => {
    const key = Buffer.from(text, 'base64url')
    const isExact = key.length === 32 && key.toString('base64url') === text
    // Not a measure of randomness: it catches keys that were typed by hand.
    const isTyped = new Set(key).size < 12
    return isExact && !isTyped ? key : undefined
  },
)

export const cidrs = reader('IP addresses or ranges separated by commas, such as 10.0.0.0/8,::1', (text) => {
  const parsed = parseCidrs(entriesOf(text))
  return parsed.kind === 'ok' ? parsed.cidrs : undefined
})

export const roleNames = reader('role names separated by commas, such as admin,editor', (text) =>
  every(entriesOf(text), (name) => (/^[a-z][a-z0-9_-]{0,62}$/.test(name) ? name : undefined)),
)

/**
 * A trusted proxy reports the IP address of the client: trusting everyone would let clients choose theirs.
 */
export const trustedProxies = reader(
  'IP addresses or ranges separated by commas, such as 10.0.0.0/8,::1 (never all addresses)',
  (text) => {
    const parsed = parseCidrs(entriesOf(text))
    return parsed.kind === 'ok' && !parsed.cidrs.texts.some(coversEverything) ? parsed.cidrs : undefined
  },
)

export const databaseConnections = reader('a whole number from 4 to 500', (text) => wholeNumber(text, 4, 500))

export const backupKeep = reader('a whole number from 1 to 10000', (text) => wholeNumber(text, 1, 10_000))

/** Each hash keeps one core busy, so more hashers than cores only wait for each other. */
export const hashers = reader('`cores` for one per core, or a whole number from 1 to 64', (text) =>
  text === 'cores' ? Math.min(availableParallelism(), 64) : wholeNumber(text, 1, 64),
)

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** A duration in milliseconds, written as a whole number and a unit. */
export function duration(min: string, max: string): Reader<number> {
  return reader(`a duration from ${min} to ${max}: a whole number with the unit ms, s, m, h or d`, (text) => {
    const ms = durationMs(text)
    const isWithin = ms !== undefined && ms >= (durationMs(min) ?? 0) && ms <= (durationMs(max) ?? 0)
    return isWithin ? ms : undefined
  })
}

export function oneOf<const T extends string>(...choices: readonly T[]): Reader<T> {
  return reader(`one of: ${choices.join(', ')}`, (text) => choices.find((choice) => choice === text))
}

function wholeNumber(text: string, min: number, max: number): number | undefined {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  return value >= min && value <= max ? value : undefined
}

function durationMs(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? []
  if (count === undefined || unit === undefined) return undefined
  return Number(count) * unitMs[unit as keyof typeof unitMs]
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text) || undefined
  } catch {
    return text
  }
}

function originOf(text: string): string | undefined {
  const url = URL.parse(text)
  if (url === null || url.origin === 'null') return undefined
  // Browsers send an origin in exactly one spelling, and it is compared as text.
  const isBare = url.href === `${url.origin}/`
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
  return isBare && isSafe ? url.origin : undefined
}

function isLoopback(hostname: string): boolean {
  if (hostname === 'localhost' || hostname.endsWith('.localhost')) return true
  return inCidrs(hostname.replace(/^\[|\]$/g, ''), loopback)
}

const loopbackRanges = parseCidrs(['127.0.0.0/8', '::1'])
const loopback = loopbackRanges.kind === 'ok' ? loopbackRanges.cidrs : noCidrs

function entriesOf(text: string): string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
}

/** The values of all texts; undefined if any of them is invalid. */
function every<T>(texts: readonly string[], read: (text: string) => T | undefined): T[] | undefined {
  const values = texts.map(read).filter((value) => value !== undefined)
  return values.length === texts.length ? values : undefined
}
