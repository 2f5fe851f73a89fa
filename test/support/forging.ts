import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

type Members = Record<string, unknown>

/** The parts of a token, for building forged ones. */
export type Parts = { readonly header: Members; readonly claims: Members; readonly signature: string }

export function partsOf(token: string): Parts {
  const [header = '', claims = '', signature = ''] = token.split('.')
  return { header: membersOf(header), claims: membersOf(claims), signature }
}

export function encoded(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
}

/** Signs with ES256. Header and claims may be text, for JSON that no object produces. */
export function signedWith(key: KeyObject, header: unknown, claims: unknown): string {
  const text = `${encoded(header)}.${encoded(claims)}`
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' })
  return `${text}.${signature.toString('base64url')}`
}

/** The key of an attacker. */
export function foreignKey() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

/** Another encoding of the same bytes: decoders of base64url ignore unused bits at the end. */
export function withSpareBits(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = alphabet.indexOf(text.at(-1) ?? '')
  return text.slice(0, -1) + alphabet[last ^ 1]
}

function membersOf(part: string): Members {
  return JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Members
}
