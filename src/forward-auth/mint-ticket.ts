import { revocationIdOf } from '#src/apps/app.ts'
import { AppError } from '#src/errors/errors.ts'
import type { TicketClaims } from '#src/forward-auth/ticket.ts'
import type { TicketSubject } from '#src/forward-auth/ticket-subject.sql.ts'
import { setCookie } from '#src/http/cookies.ts'
import type { Instant } from '#src/platform/clock.ts'
import { randomId } from '#src/platform/random.ts'
import { mintedUntil } from '#src/revocations/log/minted-until.ts'
import { encodeJwt } from '#src/tokens/jwt.ts'
import { refuseByWrongClock } from '#src/tokens/mint.ts'
import type { World } from '#src/world/world.ts'

/**
 * `now` was read before the subject, so the ticket's lifetime begins before any revocation that it could
 * miss.
 */
export function mintTicket(world: World, { subject, now }: { subject: TicketSubject; now: Instant }): string {
  refuseByWrongClock(world, now)
  if (!mintedUntil(world).covers(now)) throw new AppError('unavailable', { retryAfterSeconds: 1 })
  const { keys, settings, random } = world
  const key = keys.signingKey()
  const { grantId, clientId, sessionId, signature, username } = subject
  const claims: TicketClaims = {
    iss: settings.publicUrl,
    aud: clientId,
    sub: subject.userId,
    sid: grantId,
    jti: randomId(random),
    iat: seconds(now),
    exp: seconds(Math.min(now + settings.accessTokenLifetimeMs, subject.endsAt)),
    auth_time: seconds(subject.authenticatedAt),
    acr: subject.level,
    roles: subject.roles,
    rev: [grantId, revocationIdOf(subject), sessionId, signature],
    ...(username === undefined ? {} : { preferred_username: username }),
    email: subject.email,
    email_verified: subject.isEmailVerified,
  }
  return encodeJwt({ alg: 'ES256', typ: 'sigil-ticket+jwt', kid: key.id }, claims, key.privateKey)
}

/** The cookie outlives the ticket in it, which is renewed while the session lives. */
export function ticketCookie(
  { clock }: World,
  { ticket, endsAt, isSecure }: { ticket: string; endsAt: Instant; isSecure: boolean },
): string {
  return setCookie('ticket', ticket, (endsAt - clock.now()) / 1000, isSecure)
}

function seconds(at: Instant): number {
  return Math.floor(at / 1000)
}
