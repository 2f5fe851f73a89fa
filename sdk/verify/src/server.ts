import type { Clock } from './clock.ts'
import type { Poll, PollAnswer } from './feed.ts'
import { bytesIn } from './jwt.ts'
import type { Entry } from './revoked-ids.ts'
import type { PublicJwk } from './signing.ts'

/** As much of `fetch` as is used; the global one fits. */
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

type Where = { readonly url: string; readonly key: string; readonly fetch: Fetch; readonly clock: Clock }

/** The server answered, but not with what was asked for. */
export class ServerRefused extends Error {
  override name = 'ServerRefused'
  readonly status: number

  constructor(path: string, status: number) {
    const isKey = status === 401 || status === 403
    super(
      isKey
        ? `The server refuses the verifier key (${status}). Give one that \`sigil verifier add\` printed.`
        : `${path} was answered with ${status}.`,
    )
    this.status = status
  }
}

/**
 * A key or a token is never sent on to where somebody points. And no answer is one of before: a framework may
 * put a cache in the place of `fetch`, as Next.js did up to 14, even for a POST.
 */
const firsthand = { redirect: 'manual', cache: 'no-store' } as const

/** How long a question of one verification may take. */
const patienceMs = 2000

/** The three things that a verifier asks of the server, as they are on the wire. */
export class Server {
  readonly #where: Where

  constructor(where: Where) {
    this.#where = where
  }

  async poll({ holder, after, ack, waitMs }: Poll, signal: AbortSignal): Promise<PollAnswer> {
    const body = { ...(holder === undefined ? {} : { holder }), after, ack, wait_ms: waitMs }
    const headers = { authorization: `Bearer ${this.#where.key}` }
    return pollAnswer(await this.#post('/api/v1/revocations/poll', body, signal, headers))
  }

  async jwks(): Promise<PublicJwk[]> {
    const path = '/.well-known/jwks.json'
    const { fetch, url } = this.#where
    const answer = await this.#inTime(async (signal) => {
      const got = await fetch(url + path, { method: 'GET', headers: {}, signal, ...firsthand })
      if (got.status !== 200) throw new ServerRefused(path, got.status)
      return objectOf(await got.json())
    })
    if (!Array.isArray(answer.keys)) throw new Error(`${path} lists no keys.`)
    return answer.keys.slice(0, 100).flatMap((jwk: unknown) => publicJwk(jwk) ?? [])
  }

  /** Whether the server itself accepts the token right now; whatever is not a plain yes or no is thrown. */
  async accepts(token: string): Promise<boolean> {
    const path = '/api/v1/auth/verify'
    const { access } = await this.#inTime((signal) => this.#post(path, { token }, signal, {}))
    if (typeof access !== 'boolean') throw new Error(`${path} was answered without a verdict.`)
    return access
  }

  async #post(path: string, body: object, signal: AbortSignal, headers: Record<string, string>) {
    const answer = await this.#where.fetch(this.#where.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      signal,
      ...firsthand,
    })
    if (answer.status !== 200) throw new ServerRefused(path, answer.status)
    return objectOf(await answer.json())
  }

  async #inTime<T>(ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const aborting = new AbortController()
    let cancel = () => {}
    const late = new Promise<never>((_, reject) => {
      cancel = this.#where.clock.after(patienceMs, () => {
        reject(new Error('The server did not answer in time.'))
        aborting.abort()
      })
    })
    return Promise.race([ask(aborting.signal), late]).finally(cancel)
  }
}

function pollAnswer(body: Record<string, unknown>): PollAnswer {
  const { holder, timeline, floor, head, entries, lease_ms, now } = body
  const hasNames = typeof holder === 'string' && typeof timeline === 'string'
  const hasNumbers = isCount(floor) && isCount(head) && isCount(lease_ms) && isCount(now)
  if (!hasNames || !hasNumbers || !Array.isArray(entries)) throw new Error('The poll was answered strangely.')
  return { holder, timeline, floor, head, entries: entries.map(entryOf), leaseMs: lease_ms, now }
}

function entryOf(value: unknown): Entry {
  const { seq, key, expires_at } = objectOf(value)
  if (!isCount(seq) || typeof key !== 'string' || !isCount(expires_at)) {
    throw new Error('An entry of the log has a strange form.')
  }
  return { seq, key, expiresAt: expires_at }
}

/** Undefined for a key of another kind: a later server may list such. */
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
  if (typeof value !== 'object' || value === null) throw new Error('The server answered with no object.')
  return value as Record<string, unknown>
}
