import { maxTokenLifetimeMs } from '#src/keys/key.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Level } from '#src/users/factor.ts'

/** The claims of a ticket; times in seconds. The app never sees it: its proxy removes the cookie. */
export type TicketClaims = {
  readonly iss: string
  /** The app that it gives access to. */
  readonly aud: string
  readonly sub: string
  /** The grant: apps receive it instead of the session, which other apps could correlate. */
  readonly sid: string
  readonly jti: string
  readonly iat: number
  readonly exp: number
  readonly auth_time: number
  readonly acr: Level
  readonly roles: readonly string[]
  /** Every id whose revocation revokes it: grant, app, session and the user's signature. */
  readonly rev: readonly string[]
  readonly preferred_username?: string
  readonly email: string
  readonly email_verified: boolean
}

/** A ticket whose JWS signature was checked. It may still have expired or been revoked. */
export type Ticket = {
  readonly claims: TicketClaims
  readonly kid: string
  readonly revocationIds: readonly string[]
  readonly expiresAt: Instant
}

const revocableIds = 4

/** Undefined if a claim is missing or has the wrong type, or if another server issued the ticket. */
export function ticketClaims(
  payload: Readonly<Record<string, unknown>>,
  issuer: string,
): TicketClaims | undefined {
  const { iss, aud, sub, sid, jti, iat, exp, auth_time, acr, roles, rev, email, email_verified } = payload
  const { preferred_username: username } = payload
  const hasIds = [aud, sub, sid, jti, email].every((text) => typeof text === 'string' && text !== '')
  const hasTimes = [iat, exp, auth_time].every(Number.isSafeInteger)
  const isShort = hasTimes && ((exp as number) - (iat as number)) * 1000 <= maxTokenLifetimeMs
  const hasLists = isTexts(roles) && isTexts(rev) && rev.length === revocableIds
  const hasLevel = acr === 'aal1' || acr === 'aal2'
  const hasName =
    (username === undefined || typeof username === 'string') && typeof email_verified === 'boolean'
  const isValid = iss === issuer && aud !== issuer && hasIds && isShort && hasLists && hasLevel && hasName
  return isValid ? (payload as unknown as TicketClaims) : undefined
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string' && item !== '')
}
