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
  /** `aal1` or `aal2`: whether the session was opened or proven with two factors. */
  readonly acr: string
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
  const { iss, aud, client_id, sub, sid, jti, iat, exp, auth_time, amr, acr, roles, email, email_verified } =
    payload
  const isOurs = iss === issuer && aud === issuer && client_id === issuer
  const hasIds = isText(sub) && isText(sid) && isText(jti) && isText(email)
  const hasTimes = Number.isSafeInteger(iat) && Number.isSafeInteger(exp) && Number.isSafeInteger(auth_time)
  const hasLists = isTexts(amr) && isTexts(roles) && isText(acr)
  const name = payload.preferred_username
  const hasName = (name === undefined || isText(name)) && typeof email_verified === 'boolean'
  return isOurs && hasIds && hasTimes && hasLists && hasName
    ? (payload as unknown as AccessClaims)
    : undefined
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}
