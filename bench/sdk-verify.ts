import { generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import { measure } from '#bench/measure.ts'
import type { Row } from '#bench/row.ts'
import type { Clock } from '../sdk/verify/src/clock.ts'
import { createVerifier, type Verifier } from '../sdk/verify/src/verify.ts'

const issuer = 'https://auth.example.org'
const forMs = 150

// On a crowded machine a process may be held up between its readings of the two clocks, which looks like a
// suspension, and the lease is dropped. Here that would end the measurement, so one clock follows the other.
const startedAt = Date.now() - performance.now()
let lastRead = performance.now()
const clock: Clock = {
  now: () => startedAt + lastRead,
  monotonic() {
    lastRead = performance.now()
    return lastRead
  },
  after(ms, act) {
    const timer = setTimeout(act, ms)
    return () => clearTimeout(timer)
  },
}

/** What a resource server pays for a token that it has seen, and for one that it has not. */
export async function sdkRows(rounds: number): Promise<Row[]> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const tokens = Array.from({ length: 4000 }, (_, number) => tokenOf(number, privateKey))
  const verifier = await verifierOf({ ...publicKey.export({ format: 'jwk' }), kid: 'one' })
  const [first = ''] = tokens
  const inlined = inlinedOf(first)
  const warm = await measure({
    rounds,
    limit: async () => perSecond(() => inlined(first)),
    ours: async () => perSecond(() => verifier.verifySync(first)),
  })
  // More tokens in turn than are remembered, so that none is known when it comes again.
  const next = () => tokens[turn++ % tokens.length] ?? ''
  let turn = 0
  const parts = new Map(tokens.map((token) => [token, partsOf(token)]))
  const cold = await measure({
    rounds,
    limit: async () =>
      perSecond(() => {
        const { signed, signature } = parts.get(next()) ?? { signed: Buffer.of(), signature: Buffer.of() }
        if (!verify('sha256', signed, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature))
          throw new Error()
      }),
    ours: async () => perSecond(() => verifier.verifySync(next())),
  })
  verifier.close()
  return [
    {
      name: '`verifySync` of the SDK, warm',
      beside: 'the same checks written out over a `Map`',
      unit: '/s',
      measured: warm,
      promised: { atLeast: 1 / 3 },
    },
    {
      name: '`verifySync` of the SDK, cold',
      beside: '`crypto.verify` of the same ES256 signatures',
      unit: '/s',
      measured: cold,
      promised: { atLeast: 1 / 1.3 },
    },
  ]
}

/** A hit in a `Map`, the key's age by both clocks, expiry, three look-ups, suspension and the lease. */
function inlinedOf(token: string): (text: string) => object {
  const key = {}
  const began = { monotonic: clock.monotonic(), now: clock.now() }
  const keys = new Map([['one', key]])
  const dead = new Map<string, number>()
  const known = { signature: 'signature0', sessionId: 'session0', kid: 'one', key, issuedAt: began.now }
  const seen = new Map([[token, { ...known, expiresAt: began.now + 900_000 }]])
  const lease = { endsAt: began.monotonic + 600_000, wallAhead: began.now - began.monotonic }
  return (text) => {
    const hit = seen.get(text)
    const ageMs = Math.max(clock.monotonic() - began.monotonic, clock.now() - began.now)
    if (!hit || ageMs > 3_600_000 || keys.get(hit.kid) !== hit.key) throw new Error()
    if (hit.expiresAt <= clock.now() || hit.issuedAt < 0) throw new Error()
    if (dead.has(hit.signature) || dead.has(hit.sessionId) || dead.has(hit.kid)) throw new Error()
    const monotonic = clock.monotonic()
    if (clock.now() - monotonic - lease.wallAhead > 100 || monotonic >= lease.endsAt) throw new Error()
    return hit
  }
}

async function verifierOf(jwk: object): Promise<Verifier> {
  const poll = { holder: 'holder', timeline: 'timeline', floor: 0, head: 0, entries: [], lease_ms: 600_000 }
  const verifier = createVerifier({
    issuer,
    audience: issuer,
    key: `sgv_${'a'.repeat(43)}`,
    cacheSize: 1000,
    clock,
    fetch: async (url) => ({
      status: 200,
      json: async () => (url.endsWith('/jwks.json') ? { keys: [jwk] } : { ...poll, now: Date.now() }),
    }),
  })
  await verifier.ready()
  return verifier
}

function tokenOf(number: number, key: KeyObject): string {
  const now = Math.floor(Date.now() / 1000)
  const header = { alg: 'ES256', typ: 'at+jwt', kid: 'one', jti: `signature${number}` }
  const user = { preferred_username: 'bench', email: 'bench@example.org', email_verified: true }
  const ids = {
    iss: issuer,
    aud: issuer,
    client_id: issuer,
    sub: 'user',
    sid: `session${number}`,
    jti: `t${number}`,
  }
  const rest = { iat: now, exp: now + 900, auth_time: now, amr: ['pwd'], roles: ['default_user'] }
  const text = `${base64url(header)}.${base64url({ ...ids, ...rest, ...user })}`
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' })
  return `${text}.${signature.toString('base64url')}`
}

function partsOf(token: string) {
  const [head, body, tail = ''] = token.split('.')
  return { signed: Buffer.from(`${head}.${body}`), signature: Buffer.from(tail, 'base64url') }
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function perSecond(call: () => unknown): number {
  const began = performance.now()
  let calls = 0
  while (performance.now() - began < forMs) {
    for (let one = 0; one < 20; one++) call()
    calls += 20
  }
  return (calls * 1000) / (performance.now() - began)
}
