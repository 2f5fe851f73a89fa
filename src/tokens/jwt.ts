import { type KeyObject, sign, verify } from 'node:crypto'
import { jsonIn } from '#src/platform/json.ts'

/** Longer than any token that we issue: 32 roles of 63 characters, and long names. */
const maxTokenLength = 8192

/**
 * The whole header of our access tokens. `jti` is the user's signature (RFC 7519 section 5.3, replicated) in
 * first-party tokens; those of apps do not have it.
 */
export type JwtHeader = {
  readonly alg: 'ES256'
  readonly typ: 'at+jwt'
  readonly kid: string
  readonly jti?: string
}

/** `jwsSignature` is ECDSA over `signed`; the user's signature is `header.jti`. */
export type DecodedJwt = Signed & { readonly header: JwtHeader }

type Signed = {
  readonly payload: Readonly<Record<string, unknown>>
  readonly signed: Buffer
  readonly jwsSignature: Buffer
}

/** OpenID Connect Core section 2: an ID token is a JWT without a specific type. */
export type IdTokenHeader = { readonly alg: 'ES256' | 'RS256'; readonly typ: 'JWT'; readonly kid: string }

/** OpenID Connect Back-Channel Logout section 2.4: the type prevents confusion with an ID token. */
type LogoutTokenHeader = Omit<IdTokenHeader, 'typ'> & { readonly typ: 'logout+jwt' }

/** The header of a ticket: its own type, so that verifiers of access tokens reject it. */
export type TicketHeader = { readonly alg: 'ES256'; readonly typ: 'sigil-ticket+jwt'; readonly kid: string }

/** RFC 7515 section 7.1, with ES256 of RFC 7518 section 3.4, or RS256 of section 3.3 for an RSA key. */
export function encodeJwt(
  header: JwtHeader | IdTokenHeader | LogoutTokenHeader | TicketHeader,
  payload: object,
  key: KeyObject,
): string {
  const signed = `${base64url(header)}.${base64url(payload)}`
  const jwsSignature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${jwsSignature.toString('base64url')}`
}

/**
 * Parses a token without trusting it. Undefined for everything that we would not have issued: another
 * algorithm, a key in the header, a critical extension, an unknown or repeated member, padding, or unused
 * bits.
 */
export function decodeJwt(token: string): DecodedJwt | undefined {
  return decodedWith(token, headerOf, [64])
}

/** The same for an ID token. */
export function decodeIdToken(token: string): (Signed & { readonly header: IdTokenHeader }) | undefined {
  return decodedWith(
    token,
    ({ alg, typ, kid }) =>
      (alg === 'ES256' || alg === 'RS256') && typ === 'JWT' && typeof kid === 'string'
        ? { alg, typ, kid }
        : undefined,
    [64, 256],
  )
}

/** The same for a ticket. */
export function decodeTicket(token: string): (Signed & { readonly header: TicketHeader }) | undefined {
  return decodedWith(
    token,
    ({ alg, typ, kid }) =>
      alg === 'ES256' && typ === 'sigil-ticket+jwt' && typeof kid === 'string'
        ? { alg, typ, kid }
        : undefined,
    [64],
  )
}

type Members = Readonly<Record<string, unknown>>

function decodedWith<H extends object>(
  token: string,
  headerIn: (members: Members) => H | undefined,
  lengths: readonly number[],
): (Signed & { readonly header: H }) | undefined {
  if (token.length > maxTokenLength) return undefined
  const parts = token.split('.')
  const [head, body, tail] = parts
  if (parts.length !== 3 || !head || !body || !tail) return undefined
  const header = headerIn(objectIn(head) ?? {})
  const payload = objectIn(body)
  const jwsSignature = bytesIn(tail)
  const isOurSpelling = header && base64url(header) === head
  if (!isOurSpelling || !payload || !jwsSignature || !lengths.includes(jwsSignature.length)) return undefined
  return { header, payload, signed: Buffer.from(`${head}.${body}`), jwsSignature }
}

export function isSignedBy(jwt: Signed, key: KeyObject): boolean {
  return verify('sha256', jwt.signed, { key, dsaEncoding: 'ieee-p1363' }, jwt.jwsSignature)
}

function headerOf({ alg, typ, kid, jti }: Members): JwtHeader | undefined {
  if (alg !== 'ES256' || typ !== 'at+jwt' || typeof kid !== 'string') return undefined
  if (jti === undefined) return { alg, typ, kid }
  return typeof jti === 'string' ? { alg, typ, kid, jti } : undefined
}

function objectIn(part: string): Record<string, unknown> | undefined {
  const bytes = bytesIn(part)
  const value = bytes && jsonIn(bytes.toString('utf8'))
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? (value as Record<string, unknown>) : undefined
}

/** RFC 4648 section 3.5: only the canonical encoding, so that the same bytes have only one form. */
function bytesIn(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url')
  return bytes.toString('base64url') === part ? bytes : undefined
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
