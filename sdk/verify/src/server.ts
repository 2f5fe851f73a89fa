import type { Clock } from './clock.ts'
import { bytesIn } from './jwt.ts'
import type { Poll, PollAnswer } from './poll.ts'
import type { Entry } from './revoked-ids.ts'
import type { PublicJwk } from './signing.ts'

/** The used part of `fetch`; the global one fits. */
export type Fetch = (
  url: string,
  init: {
    method: 'GET' | 'POST'
    headers: Record<string, string>
    body?: string
    signal: AbortSignal
    redirect: 'manual'
    cache: 'no-store'
  },
) => Promise<{ readonly status: number; json(): Promise<unknown> }>

type ServerOptions = {
  readonly url: string
  readonly key: string
  readonly issuer: string
  readonly audiences: readonly string[]
  readonly fetch: Fetch
  readonly clock: Clock
}

/** Waiting does not help: an option of the verifier is wrong. The message says which. */
export class Misconfigured extends Error {
  override name = 'Misconfigured'
}

/** The server responded with another status than 200. */
class UnexpectedStatus extends Error {
  override name = 'UnexpectedStatus'

  constructor(path: string, status: number) {
    super(`${path} responded with status ${status}.`)
  }
}

/**
 * Redirects are not followed, because a key or a token must not go to another server. Responses are not
 * cached: a framework may replace `fetch` with a caching one, as Next.js did up to 14, even for a POST.
 */
const direct = { redirect: 'manual', cache: 'no-store' } as const

/** How long one request may take. Polls have a separate timeout. */
const timeoutMs = 2000

/** The requests that a verifier makes. */
export class Server {
  readonly #options: ServerOptions

  constructor(options: ServerOptions) {
    this.#options = options
  }

  async poll({ holder, after, ack, waitMs }: Poll, signal: AbortSignal): Promise<PollAnswer> {
    const body = { ...(holder === undefined ? {} : { holder }), after, ack, wait_ms: waitMs }
    const headers = { authorization: `Bearer ${this.#options.key}` }
    const { status, json } = await this.#post('/api/v1/revocations/poll', body, signal, headers)
    if (status === 401 || status === 403) {
      const advice = 'use one printed by `sigil verifier add`'
      throw new Misconfigured(`Sigil rejected the verifier key (${status}): ${advice}.`)
    }
    const answer = await json()
    this.#checkNames(answer)
    return pollAnswer(answer)
  }

  async jwks(): Promise<PublicJwk[]> {
    const path = '/.well-known/jwks.json'
    const { fetch, url } = this.#options
    const answer = await this.#inTime(async (signal) => {
      const got = await fetch(url + path, { method: 'GET', headers: {}, signal, ...direct })
      if (got.status !== 200) throw new UnexpectedStatus(path, got.status)
      return objectOf(await got.json())
    })
    if (!Array.isArray(answer.keys)) throw new Error(`${path} responded without keys.`)
    return answer.keys.slice(0, 100).flatMap((jwk: unknown) => publicJwk(jwk) ?? [])
  }

  /**
   * Whether the server itself accepts the token of an app now (RFC 7662): a verifier key of an API
   * introspects the tokens for that API. Throws unless the response is clear.
   */
  async acceptsOfApp(token: string): Promise<boolean> {
    const path = '/oauth/introspect'
    const { fetch, url, key } = this.#options
    const { active } = await this.#inTime(async (signal) => {
      const answer = await fetch(url + path, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          authorization: `Bearer ${key}`,
        },
        body: new URLSearchParams({ token }).toString(),
        signal,
        ...direct,
      })
      if (answer.status !== 200) throw new UnexpectedStatus(path, answer.status)
      return objectOf(await answer.json())
    })
    if (typeof active !== 'boolean') throw new Error(`${path} responded without a verdict.`)
    return active
  }

  /** The same for a token of the server's own sign-in. */
  async acceptsOwn(token: string): Promise<boolean> {
    const path = '/api/v1/auth/verify'
    const { access } = await this.#inTime(async (signal) => {
      return (await this.#post(path, { token }, signal, {})).json()
    })
    if (typeof access !== 'boolean') throw new Error(`${path} responded without a verdict.`)
    return access
  }

  async #post(path: string, body: object, signal: AbortSignal, headers: Record<string, string>) {
    const answer = await this.#options.fetch(this.#options.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      signal,
      ...direct,
    })
    return {
      status: answer.status,
      async json() {
        if (answer.status !== 200) throw new UnexpectedStatus(path, answer.status)
        return objectOf(await answer.json())
      },
    }
  }

  /** A server that reports its issuer and the audience of the key lets `ready()` find wrong options. */
  #checkNames({ issuer, audience }: Record<string, unknown>): void {
    const { url, issuer: ours, audiences } = this.#options
    if (typeof issuer === 'string' && issuer !== ours) {
      throw new Misconfigured(
        `The server at ${url} issues tokens as ${issuer}, but the option issuer is ${ours}: use the former.`,
      )
    }
    if (typeof audience === 'string' && !audiences.includes(audience)) {
      const options = audiences.join(', ')
      throw new Misconfigured(
        `The verifier key is for the audience ${audience}, but the option audience is ${options}.`,
      )
    }
  }

  async #inTime<T>(request: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const aborting = new AbortController()
    let cancel = () => {}
    const late = new Promise<never>((_, reject) => {
      cancel = this.#options.clock.after(timeoutMs, () => {
        reject(new Error('The server did not respond in time.'))
        aborting.abort()
      })
    })
    return Promise.race([request(aborting.signal), late]).finally(cancel)
  }
}

function pollAnswer(body: Record<string, unknown>): PollAnswer {
  const { holder, timeline, floor, dropped_until = 0, head, entries, lease_ms, now } = body
  const hasNames = typeof holder === 'string' && typeof timeline === 'string'
  const hasMoments = isCount(floor) && isCount(dropped_until) && isCount(now)
  const hasNumbers = hasMoments && isCount(head) && isCount(lease_ms)
  if (!hasNames || !hasNumbers || !Array.isArray(entries))
    throw new Error('The response to the poll is malformed.')
  const moments = { floor, droppedUntil: dropped_until, now }
  return { holder, timeline, ...moments, head, entries: entries.map(entryOf), leaseMs: lease_ms }
}

function entryOf(value: unknown): Entry {
  const { seq, key, expires_at } = objectOf(value)
  if (!isCount(seq) || typeof key !== 'string' || !isCount(expires_at)) {
    throw new Error('An entry of the log is malformed.')
  }
  return { seq, key, expiresAt: expires_at }
}

/** Undefined for a key of another kind, which later servers may list. */
function publicJwk(value: unknown): PublicJwk | undefined {
  const { kty, crv, x, y, kid, alg = 'ES256', use = 'sig' } = objectOf(value)
  if (kty !== 'EC' || crv !== 'P-256' || alg !== 'ES256' || use !== 'sig') return undefined
  if (typeof kid !== 'string' || !isCoordinate(x) || !isCoordinate(y)) return undefined
  return { kty, crv, x, y, kid }
}

function isCoordinate(value: unknown): value is string {
  return typeof value === 'string' && bytesIn(value)?.length === 32
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function objectOf(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null)
    throw new Error('The response of the server is not a JSON object.')
  return value as Record<string, unknown>
}
