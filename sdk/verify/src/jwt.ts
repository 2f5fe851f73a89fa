/** Longer than any token that Sigil issues. */
const maxTokenLength = 8192

export type DecodedJwt = {
  readonly kid: string
  /** RFC 7515 section 4.1.11: critical extensions. None is supported. */
  readonly isExtended: boolean
  readonly payload: Readonly<Record<string, unknown>>
  readonly signed: Uint8Array<ArrayBuffer>
  readonly jwsSignature: Uint8Array<ArrayBuffer>
}

/**
 * Parses a token without trusting it (RFC 7515 section 7.1). Undefined unless it is an ES256 access token in
 * canonical encoding. Unknown header members are ignored, as the RFC requires; a key in the header is never
 * used.
 */
export function decodeJwt(token: string): DecodedJwt | undefined {
  if (token.length > maxTokenLength) return undefined
  const [head, body, tail, more] = token.split('.')
  if (!head || !body || !tail || more !== undefined) return undefined
  const header = headerOf(objectIn(head))
  const payload = objectIn(body)
  const jwsSignature = bytesIn(tail)
  if (!header || !payload || jwsSignature?.length !== 64) return undefined
  return { ...header, payload, signed: new TextEncoder().encode(`${head}.${body}`), jwsSignature }
}

function headerOf(members: Record<string, unknown> | undefined) {
  if (!members) return undefined
  const { alg, typ, kid } = members
  const isAccessToken = alg === 'ES256' && typ === 'at+jwt' && typeof kid === 'string'
  return isAccessToken ? { kid, isExtended: 'crit' in members } : undefined
}

export function objectIn(part: string): Record<string, unknown> | undefined {
  const bytes = bytesIn(part)
  if (!bytes) return undefined
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** RFC 4648 section 3.5: only the canonical encoding, so that the same bytes have only one form. */
export function bytesIn(part: string): Uint8Array<ArrayBuffer> | undefined {
  const spare = [0, undefined, 0b1111, 0b11][part.length % 4]
  const last = alphabet.indexOf(part.at(-1) ?? '')
  if (spare === undefined || !/^[\w-]*$/.test(part) || (last & spare) !== 0) return undefined
  const text = atob(part.replaceAll('-', '+').replaceAll('_', '/'))
  // Not `Uint8Array.from`: its iterator is slow, and this runs for every token seen for the first time.
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at)
  return bytes
}
