import { AppError } from '#src/errors/errors.ts'
import type { Instant } from '#src/platform/clock.ts'
import { randomId } from '#src/platform/random.ts'
import { revocationNode } from '#src/revocations/lease/this-node.ts'
import { mintedUntil } from '#src/revocations/log/minted-until.ts'
import { wallClock } from '#src/revocations/log/wall-clock.ts'
import type { AccessClaims } from '#src/tokens/access-token.ts'
import { encodeJwt } from '#src/tokens/jwt.ts'
import { writeRefreshToken } from '#src/tokens/refresh-token.ts'
import type { TokenSubject } from '#src/tokens/token-subject.sql.ts'
import type { PublicUser } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

export type AccessGrant = { readonly accessToken: string; readonly accessExpiresAt: Instant }

export type TokenPair = AccessGrant & {
  readonly refreshToken: string
  readonly refreshExpiresAt: Instant
  readonly sessionId: string
  readonly user: PublicUser
}

/**
 * Throws if the clock is known to be wrong: it differs from the clock of the database, or was set back so far
 * that a new token would count as expired.
 */
export function refuseByWrongClock(world: World, now: Instant): void {
  const isSetBack = now < revocationNode(world).log.droppedUntil
  if (isSetBack || wallClock(world).isOff(now)) throw new AppError('unavailable', { retryAfterSeconds: 1 })
}

/**
 * Called before anything is used up for a token and before its subject is read: throws if the clock is wrong,
 * and ensures that the entries that revoke the token are kept longer than the token lives.
 */
export async function prepareMint(world: World, now: Instant): Promise<void> {
  refuseByWrongClock(world, now)
  await mintedUntil(world).prepare(now)
}

/**
 * `now` was read before the subject, so the token's lifetime begins before any revocation that it could miss.
 */
export function mintAccessToken(
  world: World,
  { subject, now }: { subject: TokenSubject; now: Instant },
): AccessGrant {
  refuseByWrongClock(world, now)
  if (!mintedUntil(world).covers(now)) throw new AppError('unavailable', { retryAfterSeconds: 1 })
  const { keys, random, settings } = world
  const key = keys.signingKey()
  const issuer = settings.publicUrl
  const { user } = subject
  const accessExpiresAt = Math.min(now + settings.accessTokenLifetimeMs, subject.expiresAt)
  const claims: AccessClaims = {
    iss: issuer,
    aud: issuer,
    client_id: issuer,
    sub: user.id,
    sid: subject.sessionId,
    jti: randomId(random),
    iat: seconds(now),
    exp: seconds(accessExpiresAt),
    auth_time: seconds(subject.authenticatedAt),
    amr: subject.amr,
    acr: subject.level,
    roles: user.roles,
    rev: [subject.signature, subject.sessionId],
    ...(user.username === undefined ? {} : { preferred_username: user.username }),
    email: user.email,
    email_verified: user.emailVerifiedAt !== undefined,
  }
  const header = { alg: 'ES256', typ: 'at+jwt', kid: key.id, jti: subject.signature } as const
  return { accessToken: encodeJwt(header, claims, key.privateKey), accessExpiresAt }
}

/** An access token, and the refresh token for this value of the session's counter. */
export function mintPair(
  world: World,
  { subject, handle, counter, now }: { subject: TokenSubject; handle: string; counter: number; now: Instant },
): TokenPair {
  return {
    ...mintAccessToken(world, { subject, now }),
    refreshToken: writeRefreshToken(world.keys, { handle, counter }),
    refreshExpiresAt: subject.expiresAt,
    sessionId: subject.sessionId,
    user: subject.user,
  }
}

/** RFC 7519 section 2: whole seconds, rounded down so that no token outlives its session. */
function seconds(at: Instant): number {
  return Math.floor(at / 1000)
}
