import { VerifyError } from './error.ts'
import { bytesIn, objectIn } from './jwt.ts'

/** The maximum age of a proof, and how far ahead the client's clock may be. */
const windowMs = 5 * 60 * 1000
/** How many proofs are remembered. Beyond this none is accepted, because a replay could not be detected. */
const maxSeen = 100_000
const maxProofLength = 4096

type Algorithm = {
  readonly kty: string
  /** The members that the thumbprint of a key is computed from, in this order (RFC 7638 section 3.2). */
  readonly members: readonly string[]
  readonly key: Parameters<typeof crypto.subtle.importKey>[2]
  readonly check: Parameters<typeof crypto.subtle.verify>[0]
}

const ed25519 = {
  kty: 'OKP',
  members: ['crv', 'kty', 'x'],
  key: { name: 'Ed25519' },
  check: { name: 'Ed25519' },
}
const rsaMembers = ['e', 'kty', 'n']

const algorithms: Readonly<Record<string, Algorithm>> = {
  ES256: {
    kty: 'EC',
    members: ['crv', 'kty', 'x', 'y'],
    key: { name: 'ECDSA', namedCurve: 'P-256' },
    check: { name: 'ECDSA', hash: 'SHA-256' },
  },
  PS256: {
    kty: 'RSA',
    members: rsaMembers,
    key: { name: 'RSA-PSS', hash: 'SHA-256' },
    check: { name: 'RSA-PSS', saltLength: 32 },
  },
  RS256: {
    kty: 'RSA',
    members: rsaMembers,
    key: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    check: { name: 'RSASSA-PKCS1-v1_5' },
  },
  Ed25519: ed25519,
  EdDSA: ed25519,
}

/** The names that a challenge lists (RFC 9449 section 7.1). */
export const proofAlgorithms = Object.keys(algorithms).join(' ')

type Proven = {
  readonly proof: string | undefined
  readonly method: string
  readonly url: string
  readonly token: string
  readonly keyThumbprint: string
  readonly now: number
}

/**
 * Checks proofs of the keys that tokens are bound to (RFC 9449 section 4.3), each once in this process.
 * Throws a `VerifyError` with `invalid_proof`.
 */
export class ProofChecks {
  /** Each proof, with the moment from which it is rejected as too old. */
  readonly #seen = new Map<string, number>()

  async check({ proof = '', method, url, token, keyThumbprint, now }: Proven): Promise<void> {
    const found = proof.length <= maxProofLength ? parsed(proof) : undefined
    if (!found) throw new VerifyError('invalid_proof')
    const { algorithm, jwk, payload, signed, jwsSignature } = found
    const { htm, htu, ath, iat, jti } = payload
    const isOfRequest = htm === method && isSameUrl(htu, url)
    const isFresh = typeof iat === 'number' && Math.abs(now - iat * 1000) <= windowMs
    const isNamed = typeof jti === 'string' && jti !== '' && jti.length <= 256
    if (!isOfRequest || !isFresh || !isNamed) throw new VerifyError('invalid_proof')
    const isOfToken = ath === (await hashOf(token)) && keyThumbprint === (await thumbprintOf(algorithm, jwk))
    if (!isOfToken) throw new VerifyError('invalid_proof')
    if (!(await isSigned(algorithm, jwk, signed, jwsSignature))) throw new VerifyError('invalid_proof')
    // Nothing is awaited between the check and the insertion.
    this.#use(`${keyThumbprint} ${jti}`, now, iat * 1000 + 2 * windowMs)
  }

  #use(id: string, now: number, until: number): void {
    if (this.#seen.has(id)) throw new VerifyError('invalid_proof')
    if (this.#seen.size >= maxSeen) {
      for (const [old, ends] of this.#seen) if (ends < now) this.#seen.delete(old)
      if (this.#seen.size >= maxSeen) throw new VerifyError('unavailable')
    }
    this.#seen.set(id, until)
  }
}

function parsed(proof: string) {
  const [head = '', body = '', tail = '', more] = proof.split('.')
  const [header, payload, jwsSignature] = [objectIn(head), objectIn(body), bytesIn(tail)]
  if (!header || !payload || !jwsSignature || more !== undefined) return undefined
  const { alg, typ, jwk } = header
  const algorithm = typeof alg === 'string' && Object.hasOwn(algorithms, alg) ? algorithms[alg] : undefined
  const key = publicMembers(algorithm, jwk)
  if (!algorithm || !key || typ !== 'dpop+jwt' || 'crit' in header) return undefined
  return { algorithm, jwk: key, payload, jwsSignature, signed: new TextEncoder().encode(`${head}.${body}`) }
}

/** Only the members that define the key, so that nothing else in the header has an effect. */
function publicMembers(algorithm: Algorithm | undefined, jwk: unknown): Record<string, string> | undefined {
  if (!algorithm || typeof jwk !== 'object' || jwk === null) return undefined
  const all = jwk as Record<string, unknown>
  const known = algorithm.members.map((name) => [name, all[name]] as const)
  const isWhole = known.every(([, value]) => typeof value === 'string' && value !== '')
  // 2048 bits are 256 bytes, which are 342 characters.
  const isStrong = algorithm.kty !== 'RSA' || String(all.n).length >= 342
  if (!isWhole || !isStrong || all.kty !== algorithm.kty || 'd' in all) return undefined
  return Object.fromEntries(known) as Record<string, string>
}

async function isSigned(
  { key, check }: Algorithm,
  jwk: Record<string, string>,
  signed: Uint8Array<ArrayBuffer>,
  jwsSignature: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  try {
    const imported = await crypto.subtle.importKey('jwk', jwk, key, false, ['verify'])
    return await crypto.subtle.verify(check, imported, jwsSignature, signed)
  } catch {
    return false
  }
}

/** RFC 7638 section 3. */
function thumbprintOf({ members }: Algorithm, jwk: Record<string, string>): Promise<string> {
  return hashOf(JSON.stringify(Object.fromEntries(members.map((name) => [name, jwk[name]]))))
}

async function hashOf(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
  const binary = Array.from(digest, (byte) => String.fromCharCode(byte)).join('')
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** RFC 9449 section 4.3, step 9: without query and fragment. */
function isSameUrl(htu: unknown, url: string): boolean {
  if (typeof htu !== 'string') return false
  try {
    const [sent, ours] = [new URL(htu), new URL(url)]
    return sent.origin === ours.origin && sent.pathname === ours.pathname
  } catch {
    return false
  }
}
