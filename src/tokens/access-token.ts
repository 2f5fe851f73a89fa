import { maxTokenLifetimeMs } from '#src/keys/key.ts'
import type { Instant } from '#src/platform/clock.ts'

/** The claims of an access token (RFC 9068), as they are on the wire; times in seconds. */
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
  readonly roles: readonly string[]
  readonly preferred_username?: string
  readonly email: string
  readonly email_verified: boolean
}

/** A token whose signature was checked: what is left to ask is whether it has expired or was revoked. */
export type AccessToken = {
  readonly claims: AccessClaims
  readonly kid: string
  /** The user's signature, from the header. */
  readonly signature: string
  readonly expiresAt: Instant
}

/** Undefined where a member is missing, of another type, or for somebody else. */
export function accessClaims(
  payload: Readonly<Record<string, unknown>>,
  issuer: string,
): AccessClaims | undefined {
  const { iss, aud, client_id, sub, sid, jti, iat, exp, auth_time, amr, roles, email, email_verified } =
    payload
  const isOurs = iss === issuer && aud === issuer && client_id === issuer
  const hasIds = isText(sub) && isText(sid) && isText(jti) && isText(email)
  const hasTimes = isLifetime(iat, exp, payload.nbf) && Number.isSafeInteger(auth_time)
  const hasLists = isTexts(amr) && isTexts(roles)
  const name = payload.preferred_username
  const hasName = (name === undefined || isText(name)) && typeof email_verified === 'boolean'
  return isOurs && hasIds && hasTimes && hasLists && hasName
    ? (payload as unknown as AccessClaims)
    : undefined
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
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}
