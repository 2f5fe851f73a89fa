import type { Clock } from './clock.ts'
import type { Fetch } from './server.ts'

/** The behavior without a lease, because the server is unreachable or the process was suspended. */
export type Stale = 'ask' | 'deny' | { readonly boundedSeconds: number }

/**
 * The options of a verifier. `issuer`, `audience` and `key` are required.
 *
 * @example
 * const options: VerifierOptions = {
 *   issuer: 'https://auth.example.org',
 *   audience: 'https://auth.example.org',
 *   key: process.env.SIGIL_VERIFIER_KEY ?? '',
 * }
 */
export type VerifierOptions = {
  /** The public URL of the Sigil server, exactly as in its tokens: without a trailing slash. */
  readonly issuer: string
  /**
   * The audience that tokens must have; if there are several, any one of them. Sigil's own sign-ins have the
   * issuer as audience.
   */
  readonly audience: string | readonly string[]
  /**
   * The clients whose tokens are accepted. By default, tokens for the issuer itself must come from its own
   * sign-in (`client_id` = issuer), and tokens for any other audience may come from any client.
   */
  readonly clients?: readonly string[]
  /** The verifier key that `sigil verifier add NAME` prints once; it starts with `sgv_`. A secret. */
  readonly key: string
  /** The URL of the server, if it is not the issuer, such as `http://sigil:8000` inside a cluster. */
  readonly serverUrl?: string
  /**
   * Without a lease: `ask` (the default) sends each token to the server and throws `unavailable` if it does
   * not respond; `deny` throws at once; `{ boundedSeconds }` continues for that long with the known
   * revocations, which is weaker: a token revoked in the meantime is accepted until then.
   */
  readonly stale?: Stale
  /**
   * The cookie to read if there is no `Authorization` header; `false` for none. By default the name that the
   * server uses: `__Host-access_token` for an issuer on https, otherwise `access_token`.
   */
  readonly cookie?: string | false
  /** How many checked tokens to cache: 10,000 by default; 0 for none. */
  readonly cacheSize?: number
  /** Called when the lease is gained or lost, with the state at that moment. It must not throw. */
  readonly onState?: (state: VerifierState) => void
  /** Called with a message while `ready()` waits; `console.warn` by default, `false` for silence. */
  readonly log?: ((message: string) => void) | false
  /** Replaces the global `fetch`. */
  readonly fetch?: Fetch
  /** Replaces the clocks of the machine. */
  readonly clock?: Clock
  /** Replaces `Math.random` for the jitter of retries: from 0 to below 1. */
  readonly random?: () => number
}

/**
 * The state of a verifier, for a health check or a metric.
 *
 * @example
 * const { lease, leaseAgeMs } = verifier.state()
 * gauge.set(lease === 'held' ? (leaseAgeMs ?? 0) : Infinity)
 */
export type VerifierState = {
  /** `held`: tokens are judged in memory. `lapsed`: the option `stale` applies. */
  readonly lease: 'held' | 'lapsed'
  /** Milliseconds since the poll was sent that the lease counts from; undefined if there is none. */
  readonly leaseAgeMs: number | undefined
  /** How many revoked ids are in memory. */
  readonly entries: number
  /** The sequence number up to which the server's log is applied. */
  readonly head: number
  /** The id that the server gave this verifier; undefined before its first response. */
  readonly holder: string | undefined
  /** The id of the server's history; it changes when its data is restored from a backup. */
  readonly timeline: string | undefined
  /** How far the server's clock is ahead of this machine's, in milliseconds. Should be less than a second. */
  readonly skewMs: number
  /** How many polls have failed in a row. */
  readonly failures: number
  /** Why the last poll failed, if it did. */
  readonly lastFailure: string | undefined
  /** How many checked tokens are cached. */
  readonly remembered: number
}

/** The options, checked and with defaults. */
export type Config = {
  readonly issuer: string
  readonly audiences: readonly string[]
  readonly clients: readonly string[] | undefined
  readonly key: string
  readonly serverUrl: string
  readonly stale: Stale
  readonly cookie: string | undefined
  readonly cacheSize: number
}

/** Throws a `TypeError` if an option is missing or wrong. */
export function configOf(options: VerifierOptions): Config {
  const {
    issuer,
    audience,
    clients,
    key,
    serverUrl = issuer,
    stale = 'ask',
    cookie,
    cacheSize = 10_000,
  } = options
  const audiences = [audience].flat()
  demand(isHttpUrl(issuer), 'issuer must be the public URL of the Sigil server.')
  demand(!issuer.endsWith('/'), 'issuer must not end with a slash.')
  demand(isHttpUrl(serverUrl), 'serverUrl must be a URL.')
  demand(audiences.length > 0 && audiences.every(isText), 'audience must be a string or an array of strings.')
  demand(clients === undefined || isTexts(clients), 'clients must be an array of client ids.')
  demand(
    isText(key) && key.startsWith('sgv_'),
    'key must be a verifier key, printed by `sigil verifier add NAME`.',
  )
  demand(isStale(stale), 'stale must be "ask", "deny" or { boundedSeconds }.')
  demand(Number.isSafeInteger(cacheSize) && cacheSize >= 0, 'cacheSize must be a whole number.')
  const defaultCookie = issuer.startsWith('https:') ? '__Host-access_token' : 'access_token'
  return {
    issuer,
    audiences,
    clients,
    key,
    serverUrl: serverUrl.replace(/\/+$/, ''),
    stale,
    cookie: cookie === false ? undefined : (cookie ?? defaultCookie),
    cacheSize,
  }
}

function isStale(stale: Stale): boolean {
  if (typeof stale === 'string') return stale === 'ask' || stale === 'deny'
  return Number.isFinite(stale.boundedSeconds) && stale.boundedSeconds > 0
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText)
}

function isHttpUrl(value: unknown): value is string {
  return isText(value) && /^https?:\/\//.test(value) && isUrl(value)
}

function isUrl(text: string): boolean {
  try {
    new URL(text)
    return true
  } catch {
    return false
  }
}

function demand(isValid: boolean, message: string): void {
  if (!isValid) throw new TypeError(`createVerifier: ${message}`)
}
