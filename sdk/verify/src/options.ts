import type { Clock } from './clock.ts'
import type { Fetch } from './server.ts'

/** What to do while the lease has lapsed, because the server is away or the process was asleep. */
export type Stale = 'ask' | 'deny' | { readonly boundedSeconds: number }

/**
 * How a verifier is made. `issuer`, `audience` and `key` are required.
 *
 * @example
 * const options: VerifierOptions = {
 *   issuer: 'https://auth.example.org',
 *   audience: 'https://auth.example.org',
 *   key: process.env.SIGIL_VERIFIER_KEY ?? '',
 * }
 */
export type VerifierOptions = {
  /** The public URL of the Sigil server, exactly as its tokens name it: no slash at its end. */
  readonly issuer: string
  /** Whom the tokens must be for. Sigil's own sign-ins are for the issuer itself; several may be given. */
  readonly audience: string | readonly string[]
  /** The verifier key that `sigil verifier add NAME` prints once; it starts with `sgv_`. A secret. */
  readonly key: string
  /**
   * Where the server is reached from here, if that is not the issuer: `http://sigil:8000` inside a cluster.
   */
  readonly serverUrl?: string
  /**
   * While the lease has lapsed: `ask` (the default) asks the server about each token and refuses with
   * `unavailable` when it does not answer; `deny` refuses at once; `{ boundedSeconds }` goes on for so long
   * with what is known, which is weaker: a token revoked meanwhile is accepted until then.
   */
  readonly stale?: Stale
  /**
   * The cookie to read where there is no `Authorization` header; `false` for none. By default the name that
   * the server uses: `__Host-access_token` for an issuer on https, else `access_token`.
   */
  readonly cookie?: string | false
  /** How many checked tokens are remembered: 10,000 unless told otherwise; 0 for none. */
  readonly cacheSize?: number
  /** Called when the lease is gained or lost, with the state at that moment. It must not throw. */
  readonly onState?: (state: VerifierState) => void
  /** Instead of the global `fetch`. */
  readonly fetch?: Fetch
  /** Instead of the clocks of the machine. */
  readonly clock?: Clock
  /** Instead of `Math.random`, for the spread of retries: from 0 up to 1. */
  readonly random?: () => number
}

/**
 * What a verifier knows about itself, for a health check or a metric.
 *
 * @example
 * const { lease, leaseAgeMs } = verifier.state()
 * gauge.set(lease === 'held' ? (leaseAgeMs ?? 0) : Infinity)
 */
export type VerifierState = {
  /** `held`: tokens are judged in memory. `lapsed`: they are judged as `stale` says. */
  readonly lease: 'held' | 'lapsed'
  /** Milliseconds since the poll was sent that the lease is counted from; undefined where there is none. */
  readonly leaseAgeMs: number | undefined
  /** How many revocations are held in memory. */
  readonly entries: number
  /** The place in the server's log up to which all of it is applied. */
  readonly head: number
  /** The name that the server knows this verifier by; undefined before its first answer. */
  readonly holder: string | undefined
  /** Which history of the server this is; another one after its data was restored. */
  readonly timeline: string | undefined
  /**
   * How far the server's clock is ahead of this machine's, in milliseconds. Beyond seconds, mend the clocks.
   */
  readonly skewMs: number
  /** How many polls have failed in a row. */
  readonly failures: number
  /** Why the last one did, if it did. */
  readonly lastFailure: string | undefined
  /** How many checked tokens are remembered. */
  readonly remembered: number
}

export type Settled = {
  readonly issuer: string
  readonly audiences: readonly string[]
  readonly key: string
  readonly serverUrl: string
  readonly stale: Stale
  readonly cookie: string | undefined
  readonly cacheSize: number
}

/** Checks what was given. A mistake in the options is one in the program, so it is a plain `TypeError`. */
export function settle(options: VerifierOptions): Settled {
  const { issuer, audience, key, serverUrl = issuer, stale = 'ask', cookie, cacheSize = 10_000 } = options
  const audiences = [audience].flat()
  demand(isHttpUrl(issuer), 'issuer must be the public URL of the Sigil server.')
  demand(!issuer.endsWith('/'), 'issuer must have no slash at its end.')
  demand(isHttpUrl(serverUrl), 'serverUrl must be a URL.')
  demand(audiences.length > 0 && audiences.every(isText), 'audience must say whom the tokens are for.')
  demand(isText(key) && key.startsWith('sgv_'), 'key must be a verifier key: `sigil verifier add NAME`.')
  demand(isStale(stale), 'stale must be "ask", "deny" or { boundedSeconds }.')
  demand(Number.isSafeInteger(cacheSize) && cacheSize >= 0, 'cacheSize must be a whole number.')
  const own = issuer.startsWith('https:') ? '__Host-access_token' : 'access_token'
  return {
    issuer,
    audiences,
    key,
    serverUrl: serverUrl.replace(/\/+$/, ''),
    stale,
    cookie: cookie === false ? undefined : (cookie ?? own),
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

function demand(isSo: boolean, sentence: string): void {
  if (!isSo) throw new TypeError(`createVerifier: ${sentence}`)
}
