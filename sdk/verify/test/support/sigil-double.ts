import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { type TestClock, testClock } from '../../../../test/support/test-clock.ts'
import { createVerifier, type Fetch, type Verifier, type VerifierOptions } from '../../src/verify.ts'

export const issuer = 'https://auth.example.org'
export const verifierKey = 'sgv_of-this-test'

type Entry = { seq: number; key: string; expires_at: number }
type PollBody = { holder?: string; after: number; ack: number; wait_ms: number }
type Answer = { status: number; json(): Promise<unknown> }
type Key = { kid: string; privateKey: KeyObject; jwk: object }

const minute = 60_000

/** Runs everything that is not waiting for a clock. */
export async function runPending(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await setImmediate()
}

/** A fake Sigil server on the network, with a clock and failures that the test controls. */
export class SigilDouble {
  readonly clock: TestClock & { wallStep: number }
  readonly polls: PollBody[] = []
  /** Tokens that the server was called with. */
  readonly asked: string[] = []
  jwksCalls = 0
  leaseMs = 2000
  issuer = issuer
  audience = issuer
  timeline = 'first'
  floor = 0
  droppedUntil = 0
  entries: Entry[] = []
  /** Replaces the response while it is set. */
  error: ((path: string) => Promise<Answer | undefined> | undefined) | undefined
  keys: Key[] = [newKey()]
  #leaseholders = new Set<string>()
  #wakers = new Set<() => void>()

  constructor() {
    const clock = testClock()
    const now = clock.now
    this.clock = Object.assign(clock, { wallStep: 0 })
    this.clock.now = () => now() + this.clock.wallStep
  }

  readonly fetch: Fetch = async (url, { body, headers, signal }) => {
    const path = new URL(url).pathname
    const faulty = await this.error?.(path)
    if (faulty) return faulty
    signal.throwIfAborted()
    if (path === '/.well-known/jwks.json') {
      this.jwksCalls++
      return ok({ keys: this.keys.map(({ jwk }) => jwk) })
    }
    if (path === '/api/v1/auth/verify') return ok({ access: this.#accepts(JSON.parse(body ?? '').token) })
    if (headers.authorization !== `Bearer ${verifierKey}`) return refused(401)
    return this.#poll(JSON.parse(body ?? ''))
  }

  verifier(options: Partial<VerifierOptions> = {}): Verifier {
    const { clock, fetch } = this
    const own = {
      issuer,
      audience: issuer,
      key: verifierKey,
      clock,
      fetch,
      random: () => 0,
      log: false as const,
    }
    return createVerifier({ ...own, ...options })
  }

  /** A token as Sigil issues it, with the claims and header members that the test changes. */
  mint(
    claims: Record<string, unknown> = {},
    header: Record<string, unknown> = {},
    key = this.keys.at(-1),
  ): string {
    if (!key) throw new Error('There is no key to sign with.')
    const seconds = Math.floor(this.clock.now() / 1000)
    const own = { iss: issuer, aud: issuer, client_id: issuer, sub: 'user', sid: 'session', jti: unique() }
    const times = { iat: seconds, exp: seconds + 900, auth_time: seconds, amr: ['pwd'] }
    const person = { roles: ['default_user'], email: 'ann@example.org', email_verified: true }
    const head = { alg: 'ES256', typ: 'at+jwt', kid: key.kid, jti: 'signature', ...header }
    const rev = [head.jti, claims.sid ?? own.sid].filter((id) => typeof id === 'string' && id !== '')
    const signed = `${encoded(head)}.${encoded({ ...own, rev, ...times, ...person, ...claims })}`
    const options = { key: key.privateKey, dsaEncoding: 'ieee-p1363' } as const
    return `${signed}.${sign('sha256', Buffer.from(signed), options).toString('base64url')}`
  }

  revoke(...keys: string[]): void {
    const expires_at = this.clock.now() + 65 * minute
    for (const key of keys) this.entries.push({ seq: (this.entries.at(-1)?.seq ?? 0) + 1, key, expires_at })
    for (const wake of this.#wakers) wake()
  }

  rotate(): void {
    this.keys.push(newKey())
  }

  forgetHolders(): void {
    this.#leaseholders.clear()
  }

  /** Moves the time in steps, so that whatever is due in between happens in between. */
  async pass(ms: number, stepMs = 50): Promise<void> {
    await runPending()
    for (let left = ms; left > 0; left -= stepMs) {
      this.clock.forward(Math.min(stepMs, left))
      await runPending()
    }
  }

  async #poll(asked: PollBody): Promise<Answer> {
    this.polls.push(asked)
    const isKnown = asked.holder !== undefined && this.#leaseholders.has(asked.holder)
    const holder = isKnown && asked.holder !== undefined ? asked.holder : unique()
    this.#leaseholders.add(holder)
    if (isKnown && this.#after(asked.after).length === 0) {
      await this.#news(Math.min(asked.wait_ms, this.leaseMs / 4))
    }
    const entries = this.#after(asked.after)
    const head = entries.at(-1)?.seq ?? Math.min(asked.after, this.entries.at(-1)?.seq ?? 0)
    const { issuer, audience, timeline, floor, droppedUntil, leaseMs, clock } = this
    return ok({
      issuer,
      audience,
      holder,
      timeline,
      floor,
      dropped_until: droppedUntil,
      head,
      entries,
      lease_ms: leaseMs,
      now: clock.now(),
    })
  }

  #news(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        cancel()
        this.#wakers.delete(wake)
        resolve()
      }
      const cancel = this.clock.after(ms, wake)
      this.#wakers.add(wake)
    })
  }

  #after(seq: number): Entry[] {
    return this.entries.filter((entry) => entry.seq > seq)
  }

  #accepts(token: string): boolean {
    this.asked.push(token)
    const [head = '', body = ''] = token.split('.')
    const { kid } = JSON.parse(Buffer.from(head, 'base64url').toString())
    const { rev } = JSON.parse(Buffer.from(body, 'base64url').toString())
    return !this.entries.some(({ key }) => [kid, ...rev].includes(key))
  }
}

/** A response that never arrives. */
export function silence(): Promise<Answer> {
  return new Promise(() => {})
}

export function ok(body: unknown): Answer {
  return { status: 200, json: async () => body }
}

export async function refused(status: number): Promise<Answer> {
  return { status, json: async () => ({}) }
}

export function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function unique(): string {
  return randomBytes(16).toString('base64url')
}

function newKey(): Key {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const kid = unique()
  return { kid, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' } }
}
