import { AppError } from '#src/errors/errors.ts'
import { fieldErrorsIn } from '#src/errors/field-errors.ts'
import type { AccessToken } from '#src/tokens/access-token.ts'
import type { Verdict } from '#src/tokens/authenticate.ts'
import { perWorld, type World } from '#src/world/world.ts'

/**
 * Who the caller is, for what stands behind the proxy. Refuses everyone else: only a yes may be a 2xx. Any of
 * the roles will do; without roles, being signed in will.
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

const identities = new WeakMap<AccessToken, Readonly<Record<string, string>>>()

/** What a proxy hands on to what it protects, and what each says there. */
export const identityHeaders = {
  'X-Auth-User-Id': 'The id of the user',
  'X-Auth-Session-Id': 'The id of the session',
  'X-Auth-Username': 'The username, where there is one; percent-encoded UTF-8 where it is not plain ASCII',
  'X-Auth-Email': 'The email, where it is verified; percent-encoded in the same way',
  'X-Auth-Roles': 'The roles, with commas between them',
}

/** Made once per token: a warm token is asked about by every request to what the proxy protects. */
export function identityOf(token: AccessToken): Readonly<Record<string, string>> {
  const known = identities.get(token)
  if (known) return known
  const { sub, sid, preferred_username, email, email_verified, roles } = token.claims
  const headers = {
    'cache-control': 'no-store',
    'x-auth-user-id': sub,
    'x-auth-session-id': sid,
    ...(preferred_username === undefined ? {} : { 'x-auth-username': headerText(preferred_username) }),
    ...(email_verified ? { 'x-auth-email': headerText(email) } : {}),
    'x-auth-roles': roles.join(','),
  }
  identities.set(token, headers)
  return headers
}

/** Header values are ASCII (RFC 9110 section 5.5): the rest, and `%` itself, is percent-encoded UTF-8. */
function headerText(text: string): string {
  return /^[!-$&-~]*$/.test(text) ? text : encodeURIComponent(text)
}

const saidEveryMs = 60_000

/**
 * Mostly the operator's mistake, and nginx makes a bare 500 of our answer: so it is said in our log, too, but
 * seldom, for anybody can ask.
 */
export function logInvalidRole(world: World, { details }: AppError): void {
  noticer(world)(fieldErrorsIn('en', details.errors ?? []))
}

const noticer = perWorld(({ clock, log }) => {
  let saidAt = Number.NEGATIVE_INFINITY
  return (errors: ReturnType<typeof fieldErrorsIn>) => {
    const now = clock.monotonic()
    if (now - saidAt < saidEveryMs) return
    saidAt = now
    log.warn({ errors }, 'A proxy asks for what is no role, and lets nobody in: mend what it asks')
  }
})
