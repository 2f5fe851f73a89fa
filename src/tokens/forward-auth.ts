import { AppError } from '#src/errors/errors.ts'
import { fieldErrorsIn } from '#src/errors/field-errors.ts'
import type { AccessToken } from '#src/tokens/access-token.ts'
import type { Verdict } from '#src/tokens/authenticate.ts'
import { perWorld, type World } from '#src/world/world.ts'

/**
 * The headers that identify the caller to the application behind the proxy. Throws for everyone else: only an
 * accepted token may get a 2xx. Any one of the roles is enough; without roles, any valid token is accepted.
 */
export function identityFor(
  verdict: Verdict | undefined,
  roles: readonly string[],
): Readonly<Record<string, string>> {
  if (verdict?.kind === 'cannot_tell') throw new AppError('unavailable', { retryAfterSeconds: 1 })
  if (verdict?.kind !== 'accepted') throw new AppError('not_signed_in')
  const { claims } = verdict.token
  const lacksRole = roles.length > 0 && !roles.some((role) => claims.roles.includes(role))
  if (lacksRole) throw new AppError('forbidden')
  return identityOf(verdict.token)
}

/** The headers that a proxy passes on to the application, with their descriptions. */
export const identityHeaders = {
  'X-Auth-User-Id': 'The id of the user',
  'X-Auth-Session-Id': 'The id of the session',
  'X-Auth-Username': 'The username, if any; percent-encoded UTF-8 unless plain ASCII',
  'X-Auth-Email': 'The email address, if verified; percent-encoded in the same way',
  'X-Auth-Roles': 'The roles, separated by commas',
}

type Identity = Pick<
  AccessToken['claims'],
  'sub' | 'sid' | 'preferred_username' | 'email' | 'email_verified' | 'roles'
>

export function identityOf({ claims }: { readonly claims: Identity }): Readonly<Record<string, string>> {
  const { sub, sid, preferred_username, email, email_verified, roles } = claims
  return {
    'cache-control': 'no-store',
    'x-auth-user-id': sub,
    'x-auth-session-id': sid,
    ...(preferred_username === undefined ? {} : { 'x-auth-username': headerText(preferred_username) }),
    ...(email_verified ? { 'x-auth-email': headerText(email) } : {}),
    'x-auth-roles': roles.join(','),
  }
}

/** Header values are ASCII (RFC 9110 section 5.5): the rest, and `%` itself, is percent-encoded UTF-8. */
function headerText(text: string): string {
  return /^[!-$&-~]*$/.test(text) ? text : encodeURIComponent(text)
}

const logEveryMs = 60_000

/**
 * Usually a configuration error, and nginx turns our response into a plain 500. So it is also logged, but
 * rarely, because any client can cause it.
 */
export function logInvalidRole(world: World, { details }: AppError): void {
  invalidRoleLog(world)(fieldErrorsIn('en', details.errors ?? []))
}

const invalidRoleLog = perWorld(({ clock, log }) => {
  let loggedAt = Number.NEGATIVE_INFINITY
  return (errors: ReturnType<typeof fieldErrorsIn>) => {
    const now = clock.monotonic()
    if (now - loggedAt < logEveryMs) return
    loggedAt = now
    log.warn(
      { errors },
      'Forward-auth rejected: invalid `role` parameter. Fix the configuration of the proxy',
    )
  }
})
