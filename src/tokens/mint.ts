import { AppError } from '#src/errors/errors.ts'
import type { Instant } from '#src/platform/clock.ts'
import { randomId } from '#src/platform/random.ts'
import { wallClock } from '#src/revocations/log/wall-clock.ts'
import type { AccessClaims } from '#src/tokens/access-token.ts'
import { encodeJwt } from '#src/tokens/jwt.ts'
import { writeRefreshToken } from '#src/tokens/refresh-token.ts'
import type { TokenSubject } from '#src/tokens/token-subject.sql.ts'
import type { World } from '#src/world/world.ts'

export type AccessGrant = { readonly accessToken: string; readonly accessExpiresAt: Instant }

export type TokenPair = AccessGrant & {
  readonly refreshToken: string
  readonly refreshExpiresAt: Instant
  readonly sessionId: string
  readonly userId: string
}

/**
 * Refuses where the clock is known to be wrong: a token of a fast one would outlive the entry of the log that
 * kills it. Whoever spends something on a token asks before, too, or it would be spent in vain.
 */
export function refuseByWrongClock(world: World, now: Instant): void {
  if (wallClock(world).isOff(now)) throw new AppError('unavailable', { retryAfterSeconds: 1 })
}

/** `now` was read before the standing was: the token's life is counted from before whatever may revoke it. */
export function mintAccessToken(
  world: World,
  { subject, now }: { subject: TokenSubject; now: Instant },
): AccessGrant {
  refuseByWrongClock(world, now)
  const { keys, random, settings } = world
  const key = keys.signingKey()
  const issuer = settings.publicUrl
  const accessExpiresAt = Math.min(now + settings.accessTokenLifetimeMs, subject.expiresAt)
  const claims: AccessClaims = {
    iss: issuer,
    aud: issuer,
    client_id: issuer,
    sub: subject.userId,
    sid: subject.sessionId,
    jti: randomId(random),
    iat: seconds(now),
    exp: seconds(accessExpiresAt),
    auth_time: seconds(subject.authenticatedAt),
    amr: subject.amr,
    acr: subject.level,
    roles: subject.roles,
    ...(subject.username === undefined ? {} : { preferred_username: subject.username }),
    email: subject.email,
    email_verified: subject.emailVerified,
  }
  const header = { alg: 'ES256', typ: 'at+jwt', kid: key.id, jti: subject.signature } as const
  return { accessToken: encodeJwt(header, claims, key.privateKey), accessExpiresAt }
}

/** An access token, and the refresh token of the given place in the session's count. */
export function mintPair(
  world: World,
  { subject, handle, counter, now }: { subject: TokenSubject; handle: string; counter: number; now: Instant },
): TokenPair {
  return {
    ...mintAccessToken(world, { subject, now }),
    refreshToken: writeRefreshToken(world.keys, { handle, counter }),
    refreshExpiresAt: subject.expiresAt,
    sessionId: subject.sessionId,
    userId: subject.userId,
  }
}

/** RFC 7519 section 2: whole seconds, rounded down so that no token outlives what it was made from. */
function seconds(at: Instant): number {
  return Math.floor(at / 1000)
}
