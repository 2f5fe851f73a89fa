import type { DecodedJwt } from './jwt.ts'

/**
 * A valid access token. It is frozen, because every request with the same token gets the same object.
 *
 * @example
 * const { userId, roles } = await verifier.verify(token)
 */
export type VerifiedToken = {
  /** The claim `sub`: the user, or the client id in a machine's own token. */
  readonly userId: string
  /** The session of the token: the claim `sid`. Undefined in the token of a machine. */
  readonly sessionId: string | undefined
  /** The client it was issued to: the issuer itself for a sign-in on its own pages. */
  readonly clientId: string
  /** Unique to this token: the claim `jti`. */
  readonly tokenId: string
  /** Never stale: a change of roles revokes tokens with the old ones. Empty for a machine. */
  readonly roles: readonly string[]
  /** The granted scopes (RFC 6749 section 3.3); empty in a token of Sigil's own sign-in. */
  readonly scopes: readonly string[]
  readonly username: string | undefined
  readonly email: string | undefined
  readonly emailVerified: boolean
  /** How the user signed in (RFC 8176), such as `pwd` or `otp`. Empty for a machine. */
  readonly methods: readonly string[]
  /** When the user last authenticated, in milliseconds since 1970. Undefined for a machine. */
  readonly authenticatedAt: number | undefined
  /** Milliseconds since 1970. */
  readonly issuedAt: number
  /** Milliseconds since 1970. */
  readonly expiresAt: number
  /** All claims as they are in the token; times there are in seconds. */
  readonly claims: Readonly<Record<string, unknown>>
}

/** A token whose form, signature and claims were checked; time and revocation are checked on each use. */
export type CheckedToken = {
  readonly token: VerifiedToken
  readonly kid: string
  /** The ids that are looked up in the set of revoked ids: the claim `rev` and the signing key. */
  readonly revocationIds: readonly string[]
  /** The key that must be proven with each use; undefined for a bearer token. */
  readonly keyThumbprint: string | undefined
  /** The latest of `iat` and `nbf`, in milliseconds. */
  readonly notBefore: number
}

/** The same limit as in the server: it bounds the lookups of one verification. */
const maxRevocationIds = 8

/** No access token of Sigil lives longer, and no revocation is kept for longer. */
const maxLifetimeSeconds = 60 * 60

/** The claims of RFC 9068 that Sigil issues. Undefined if one is missing or invalid. */
export function checkedToken({ payload, kid }: DecodedJwt): CheckedToken | undefined {
  const { sub, sid, client_id, jti, iat, exp, nbf, auth_time, rev } = payload
  if (!isText(sub) || !isText(client_id) || !isText(jti) || !isTextOrNone(sid)) return undefined
  if (!isTime(iat) || !isTime(exp) || !isTimeOrNone(nbf) || !isTimeOrNone(auth_time)) return undefined
  if (exp - iat > maxLifetimeSeconds || !isRevocationIds(rev)) return undefined
  const { amr = [], roles = [], scope = '' } = payload
  if (!isTexts(amr) || !isTexts(roles) || typeof scope !== 'string') return undefined
  const { preferred_username: username, email, email_verified } = payload
  if (!isTextOrNone(username) || !isTextOrNone(email)) return undefined
  const token: VerifiedToken = {
    userId: sub,
    sessionId: sid,
    clientId: client_id,
    tokenId: jti,
    roles: Object.freeze([...roles]),
    scopes: Object.freeze(scope.split(' ').filter((name) => name !== '')),
    username,
    email,
    emailVerified: email_verified === true,
    methods: Object.freeze([...amr]),
    authenticatedAt: auth_time === undefined ? undefined : auth_time * 1000,
    issuedAt: iat * 1000,
    expiresAt: exp * 1000,
    claims: frozen(payload),
  }
  const notBefore = Math.max(iat, nbf ?? iat) * 1000
  const keyThumbprint = thumbprintIn(payload.cnf)
  return { token: Object.freeze(token), kid, revocationIds: [...rev, kid], notBefore, keyThumbprint }
}

/**
 * RFC 9449 section 6.1: the thumbprint of a key. Undefined for another kind of confirmation (RFC 7800), or
 * more than one.
 */
export function thumbprintIn(cnf: unknown): string | undefined {
  if (typeof cnf !== 'object' || cnf === null) return undefined
  const { jkt, ...others } = cnf as Record<string, unknown>
  return isText(jkt) && Object.keys(others).length === 0 ? jkt : undefined
}

/** RFC 7519 section 4.1.3: one name or several. Returns those that match ours. */
export function audiencesIn(aud: unknown, ours: readonly string[]): string[] {
  const names = isTexts(aud) ? aud : [aud]
  return names.filter((name) => typeof name === 'string' && ours.includes(name)) as string[]
}

function frozen<T extends object>(value: T): T {
  for (const inner of Object.values(value)) {
    if (typeof inner === 'object' && inner !== null) frozen(inner)
  }
  return Object.freeze(value)
}

function isRevocationIds(value: unknown): value is string[] {
  const hasGoodLength = Array.isArray(value) && value.length > 0 && value.length <= maxRevocationIds
  return hasGoodLength && value.every(isText)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isTextOrNone(value: unknown): value is string | undefined {
  return value === undefined || isText(value)
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value)
}

function isTimeOrNone(value: unknown): value is number | undefined {
  return value === undefined || isTime(value)
}
