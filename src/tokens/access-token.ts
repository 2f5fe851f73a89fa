import { maxTokenLifetimeMs } from '#src/keys/key.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Level } from '#src/users/factor.ts'

/** The claims of an access token (RFC 9068) as they are on the wire; times in seconds. */
export type AccessClaims = {
  readonly iss: string
  readonly aud: string
  readonly client_id: string
  readonly sub: string
  readonly sid: string
  readonly jti: string
  readonly iat: number
  readonly exp: number
  readonly auth_time: number
  readonly amr: readonly string[]
  readonly acr: Level
  readonly roles: readonly string[]
  /** Every id whose revocation revokes this token, apart from its signing key. */
  readonly rev: readonly string[]
  readonly preferred_username?: string
  readonly email: string
  readonly email_verified: boolean
}

/** A token whose JWS signature was checked. It may still have expired or been revoked. */
export type AccessToken = {
  readonly claims: AccessClaims
  readonly kid: string
  /** The user's signature, from the header. */
  readonly signature: string
  /** The ids that are looked up in the set of revoked ids: `rev` and the signing key. */
  readonly revocationIds: readonly string[]
  readonly expiresAt: Instant
}

/** Enough for user, session, grant, app and future kinds; limits the lookups of one request. */
const maxRevocationIds = 8

/** Undefined if a claim is missing, has the wrong type, or names another issuer, audience or client. */
export function accessClaims(
  payload: Readonly<Record<string, unknown>>,
  issuer: string,
): AccessClaims | undefined {
  const { iss, aud, client_id, sub, sid, jti, iat, exp, auth_time, amr, acr, roles, rev, cnf } = payload
  const { preferred_username: username, email, email_verified } = payload
  const isOurs = iss === issuer && aud === issuer && client_id === issuer
  const hasIds = isText(sub) && isText(sid) && isText(jti) && isText(email)
  const hasTimes = isLifetime(iat, exp, payload.nbf) && Number.isSafeInteger(auth_time)
  const hasLists = isTexts(amr) && isTexts(roles) && isRevocationIds(rev)
  const hasLevel = acr === 'aal1' || acr === 'aal2'
  const hasName = (username === undefined || isText(username)) && typeof email_verified === 'boolean'
  // RFC 7800: a token bound to a key is not a bearer token, and proofs of that key are not supported here.
  const isBearer = cnf === undefined
  const isValid = isOurs && hasIds && hasTimes && hasLists && hasLevel && hasName && isBearer
  return isValid ? (payload as unknown as AccessClaims) : undefined
}

function isRevocationIds(value: unknown): value is string[] {
  const hasGoodLength = Array.isArray(value) && value.length > 0 && value.length <= maxRevocationIds
  return hasGoodLength && value.every(isText)
}

/** A token with a longer lifetime, or one that starts later, could outlive the log entry that revokes it. */
function isLifetime(iat: unknown, exp: unknown, nbf: unknown = iat): boolean {
  if (![iat, exp, nbf].every(Number.isSafeInteger)) return false
  const [issued, expires, starts] = [iat, exp, nbf] as [number, number, number]
  return starts <= issued && expires - issued <= maxTokenLifetimeMs / 1000
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
