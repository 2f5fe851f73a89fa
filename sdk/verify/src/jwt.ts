/** Longer than any token that Sigil makes. */
const maxTokenLength = 8192

export type DecodedJwt = {
  readonly kid: string
  /** The user's signature: Sigil replicates it as `jti` into the header (RFC 7519 section 5.3). */
  readonly signatureKey: string
  readonly payload: Readonly<Record<string, unknown>>
  readonly signed: Uint8Array<ArrayBuffer>
  readonly signature: Uint8Array<ArrayBuffer>
}

/**
 * Reads a token without believing it (RFC 7515 section 7.1). Undefined for everything that Sigil would not
 * have written: another algorithm, a key in the header, a critical extension, an unknown member, padding,
 * spare bits.
 */
export function decodeJwt(token: string): DecodedJwt | undefined {
  if (token.length > maxTokenLength) return undefined
  const [head, body, tail, more] = token.split('.')
  if (!head || !body || !tail || more !== undefined) return undefined
  const header = headerOf(objectIn(head))
  const payload = objectIn(body)
  const signature = bytesIn(tail)
  if (!header || !payload || signature?.length !== 64) return undefined
  return { ...header, payload, signed: new TextEncoder().encode(`${head}.${body}`), signature }
}

function headerOf(given: Record<string, unknown> | undefined) {
  if (!given || Object.keys(given).length !== 4) return undefined
  const { alg, typ, kid, jti } = given
  const isOurs = alg === 'ES256' && typ === 'at+jwt' && typeof kid === 'string' && typeof jti === 'string'
  return isOurs ? { kid, signatureKey: jti } : undefined
}

function objectIn(part: string): Record<string, unknown> | undefined {
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

/** RFC 4648 section 3.5: only the canonical spelling, so that the same bytes have one text. */
export function bytesIn(part: string): Uint8Array<ArrayBuffer> | undefined {
  const spare = [0, undefined, 0b1111, 0b11][part.length % 4]
  const last = alphabet.indexOf(part.at(-1) ?? '')
  if (spare === undefined || !/^[\w-]*$/.test(part) || (last & spare) !== 0) return undefined
  const text = atob(part.replaceAll('-', '+').replaceAll('_', '/'))
  // Not `Uint8Array.from`, which goes through an iterator: on every token seen for the first time.
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at)
  return bytes
}
