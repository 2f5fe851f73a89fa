import { generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import { measure } from '#bench/measure.ts'
import type { Row } from '#bench/row.ts'
import { clock, inlinedOf, revokedIds } from '#bench/sdk-inlined.ts'
import { createVerifier, type Verifier } from '../sdk/verify/src/verify.ts'

const issuer = 'https://auth.example.org'
const forMs = 150
/** The size of the cache of tokens. Warm: all tokens in use fit. Cold: more tokens than fit. */
const cacheSize = 1000
const inUse = 500

/** The cost of verifying a token that is in the cache of a resource server, and one that is not. */
export async function sdkRows(rounds: number): Promise<Row[]> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const tokens = Array.from({ length: 4 * cacheSize }, (_, number) => tokenOf(number, privateKey))
  const verifier = await verifierOf({ ...publicKey.export({ format: 'jwk' }), kid: 'one' })
  const inlined = inlinedOf(tokens.slice(0, inUse))
  const inlinedLater = async (token: string) => inlined(token)
  const warm = singleFlight(tokens.slice(0, inUse))
  const sync = await measure({
    rounds,
    limit: async () => perSecond(() => inlined(warm())),
    ours: async () => perSecond(() => verifier.verifySync(warm())),
  })
  const awaited = await measure({
    rounds,
    limit: () => perSecondAwaited(() => inlinedLater(warm())),
    ours: () => perSecondAwaited(() => verifier.verify(warm())),
  })
  // More tokens in turn than fit into the cache, so that none is still cached when it is used again.
  const cold = singleFlight(tokens)
  const parts = new Map(tokens.map((token) => [token, partsOf(token)]))
  const unseen = await measure({
    rounds,
    limit: async () =>
      perSecond(() => {
        const { signed, signature } = parts.get(cold()) ?? { signed: Buffer.of(), signature: Buffer.of() }
        if (!verify('sha256', signed, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature))
          throw new Error()
      }),
    ours: async () => perSecond(() => verifier.verifySync(cold())),
  })
  verifier.close()
  const atLeast = 1 / 3
  const dead = `${revokedIds.length.toLocaleString('en')} ids revoked`
  const besideMap = `the same checks written out over a \`Map\`, ${dead}`
  return [
    row('`verifySync` of the SDK, warm', { beside: besideMap, measured: sync, atLeast }),
    row('`await verify` of the SDK, warm', { beside: `${besideMap}, awaited`, measured: awaited, atLeast }),
    row('`verifySync` of the SDK, cold', {
      beside: '`crypto.verify` of the same ES256 signatures',
      measured: unseen,
      atLeast: 1 / 1.3,
    }),
  ]
}

function row(
  name: string,
  { atLeast, ...told }: Pick<Row, 'beside' | 'measured'> & { atLeast: number },
): Row {
  return { name, ...told, unit: '/s', promised: { atLeast } }
}

function singleFlight(tokens: readonly string[]): () => string {
  let turn = 0
  return () => tokens[turn++ % tokens.length] ?? ''
}

async function verifierOf(jwk: object): Promise<Verifier> {
  const expiresAt = Date.now() + 3_600_000
  const all = revokedIds.map((key, index) => ({ seq: index + 1, key, expires_at: expiresAt }))
  const log = { timeline: 'timeline', floor: 0, dropped_until: 0, head: all.length }
  const poll = { holder: 'holder', ...log, lease_ms: 600_000 }
  const answers = (asked: { after: number }) => ({
    ...poll,
    entries: all.slice(asked.after),
    now: Date.now(),
  })
  const verifier = createVerifier({
    issuer,
    audience: issuer,
    key: `sgv_${'a'.repeat(43)}`,
    cacheSize,
    clock,
    fetch: async (_url, { body }) => ({
      status: 200,
      json: async () => (body === undefined ? { keys: [jwk] } : answers(JSON.parse(body))),
    }),
  })
  await verifier.ready()
  if (verifier.state().entries !== revokedIds.length) throw new Error('Not all of them are revoked')
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
    rev: [`signature${number}`, `session${number}`],
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

async function perSecondAwaited(call: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  let calls = 0
  while (performance.now() - began < forMs) {
    for (let one = 0; one < 20; one++) await call()
    calls += 20
  }
  return (calls * 1000) / (performance.now() - began)
}
