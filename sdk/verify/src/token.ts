import type { DecodedJwt } from './jwt.ts'
import type { TokenKeys } from './revoked-ids.ts'

/**
 * An access token that is good: what it says of the user. It is frozen, because every request with the same
 * token is given the same object.
 *
 * @example
 * const { userId, roles } = await verifier.verify(token)
 */
export type VerifiedToken = {
  /** The user: the claim `sub`. */
  readonly userId: string
  /** The session that the token is of: the claim `sid`. */
  readonly sessionId: string
  /** Which client it was issued to: the issuer itself for a sign-in on its own pages. */
  readonly clientId: string
  /** Unique to this token: the claim `jti`. */
  readonly tokenId: string
  /** Never stale: a change of roles revokes the tokens that say otherwise. */
  readonly roles: readonly string[]
  readonly username: string | undefined
  readonly email: string | undefined
  readonly emailVerified: boolean
  /** How the user proved who they are (RFC 8176), as `pwd` or `otp`. */
  readonly methods: readonly string[]
  /** When the user last proved it, in milliseconds since 1970. */
  readonly authenticatedAt: number
  /** Milliseconds since 1970. */
  readonly issuedAt: number
  /** Milliseconds since 1970. */
  readonly expiresAt: number
  /** Every claim, as it is in the token; times in seconds there. */
  readonly claims: Readonly<Record<string, unknown>>
}

/** A token whose form, signature and claims were checked; time and revocation are asked at each use. */
export type CheckedToken = { readonly token: VerifiedToken; readonly keys: TokenKeys }

/** The claims of RFC 9068 that Sigil writes. Undefined where one is missing or of another type. */
export function checkedToken({ payload, kid, signatureKey }: DecodedJwt): CheckedToken | undefined {
  const { sub, sid, client_id, jti, iat, exp, auth_time, amr, roles } = payload
  const hasIds = isText(sub) && isText(sid) && isText(client_id) && isText(jti)
  const hasTimes = isTime(iat) && isTime(exp) && isTime(auth_time)
  if (!hasIds || !hasTimes || !isTexts(amr) || !isTexts(roles)) return undefined
  const { preferred_username: username, email, email_verified } = payload
  if (!isTextOrNone(username) || !isTextOrNone(email)) return undefined
  const token: VerifiedToken = {
    userId: sub,
    sessionId: sid,
    clientId: client_id,
    tokenId: jti,
    roles: Object.freeze([...roles]),
    username,
    email,
    emailVerified: email_verified === true,
    methods: Object.freeze([...amr]),
    authenticatedAt: auth_time * 1000,
    issuedAt: iat * 1000,
    expiresAt: exp * 1000,
    claims: frozen(payload),
  }
  const keys = { signature: signatureKey, sessionId: sid, kid, issuedAt: iat * 1000 }
  return { token: Object.freeze(token), keys }
}

/** RFC 7519 section 4.1.3: one name, or several of which one must be ours. */
export function isFor(aud: unknown, audiences: readonly string[]): boolean {
  const given = isTexts(aud) ? aud : [aud]
  return given.some((one) => typeof one === 'string' && audiences.includes(one))
}

function frozen<T extends object>(value: T): T {
  for (const inner of Object.values(value)) {
    if (typeof inner === 'object' && inner !== null) frozen(inner)
  }
  return Object.freeze(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isTextOrNone(value: unknown): value is string | undefined {
  return value === undefined || isText(value)
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value)
}
