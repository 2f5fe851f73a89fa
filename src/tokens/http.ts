import { z } from 'zod'
import { asUser, byCallerOf } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { type Answer, empty, json, withCookies } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { clearCookie } from '#src/http/cookies.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { byAddress } from '#src/limits/by-address.ts'
import { rfc3339 } from '#src/platform/clock.ts'
import { propagateAll } from '#src/revocations/commit.ts'
import { logOutEverywhere } from '#src/sessions/end-everywhere.ts'
import { clientOf } from '#src/sessions/session.ts'
import { emptyWhenRevoked, sessionsEndedAnswer } from '#src/tokens/answer-when-revoked.ts'
import { authenticate, type Verdict } from '#src/tokens/authenticate.ts'
import { awaitPropagation } from '#src/tokens/await-propagation.ts'
import {
  allCookiesCleared,
  clearedOnSignOut,
  clearingCookies,
  clearingRevokedCookies,
} from '#src/tokens/clear-cookies.ts'
import { identityFor, identityHeaders, logInvalidRole } from '#src/tokens/forward-auth.ts'
import { logOut } from '#src/tokens/log-out.ts'
import { isSecure, pairAnswer } from '#src/tokens/pair-answer.ts'
import { presentedAccessToken, presentedRefreshToken } from '#src/tokens/presented.ts'
import { refresh } from '#src/tokens/refresh.ts'
import { renewAccess } from '#src/tokens/renew-access.ts'
import { LoggedOutEverywhere, RefreshBody, SignedIn, Verified, VerifyBody } from '#src/tokens/schemas.ts'
import { roleName } from '#src/users/role.ts'
import type { World } from '#src/world/world.ts'

async function verdictOf(world: World, call: Call): Promise<Verdict | undefined> {
  const presented = presentedAccessToken(call, isSecure(world))
  return presented && authenticate(world, presented.token)
}

const Role = z.string().regex(roleName, 'Not a valid role name.')

/** Strict: with a misspelt parameter, every signed-in user would pass where the operator requires a role. */
const Roles = z.strictObject(
  {
    role: z
      .union([Role, z.array(Role)])
      .optional()
      .describe('A required role; if repeated, any one of them. Other parameters are rejected'),
  },
  unknownParameter('Unknown query parameter. Did you mean `role`?'),
)

function requiredRoles({ role }: z.output<typeof Roles>): string[] {
  return role === undefined ? [] : [role].flat()
}

function unknownParameter(message: string) {
  return { error: ({ code }: z.core.$ZodRawIssue) => (code === 'unrecognized_keys' ? message : undefined) }
}

/** No RFC defines forward-auth; nginx, Traefik and Caddy let the request through on any 2xx. */
export const verifyForProxy = endpoint({
  summary: 'Forward-auth for nginx, Traefik and Caddy: accepts signed-in callers, and checks their role.',
  query: Roles,
  logInvalidRole,
  responses: { 204: null },
  headers: identityHeaders,
  errors: ['not_signed_in', 'forbidden', 'unavailable'],
  proofs: ['bearer', 'access_cookie'],
  setsCookies: ['access'],
  handle: (world: World, call) => answerProxy(world, call, { status: 204, roles: requiredRoles(call.query) }),
})

/** Renews the access token if the browser has only a page session left. */
async function answerProxy(
  world: World,
  call: Call,
  { status, roles }: { status: 200 | 204; roles: readonly string[] },
): Promise<Answer> {
  const verdict = await verdictOf(world, call)
  const isFinal = verdict?.kind === 'accepted' || verdict?.kind === 'cannot_tell'
  const renewed = isFinal ? undefined : await renewAccess(world, call)
  const answer = empty(status, identityFor(renewed?.verdict ?? verdict, roles))
  return renewed ? withCookies(answer, [renewed.cookie]) : answer
}

const forEnvoy = {
  responses: { 200: null },
  headers: identityHeaders,
  // A path with `..` is not found, because it could resolve to another page.
  errors: ['not_signed_in', 'unavailable', 'not_found'],
  proofs: ['bearer', 'access_cookie'],
  setsCookies: ['access'],
  handle: (world: World, call: Call) => answerProxy(world, call, { status: 200, roles: [] }),
} as const

/** The query belongs to the protected page: a role in it would come from the visitor. */
export const verifyForEnvoy = endpoint({
  summary:
    'Forward-auth for Envoy, which keeps method and path of the request and needs a 200 to let it through.',
  ...forEnvoy,
})

/**
 * Envoy appends the path of the page to ours, so a query right here was written by the operator, into the
 * prefix. It must be rejected: ignoring `?role=` would let every signed-in user pass.
 */
export const verifyForEnvoyAtRoot = endpoint({
  summary: 'Forward-auth for Envoy at the root. Does not accept a query: Envoy has to check roles itself.',
  query: z.strictObject(
    {},
    unknownParameter('Roles cannot be required here. Have Envoy check the header X-Auth-Roles.'),
  ),
  logInvalidRole,
  ...forEnvoy,
})

export const verify = endpoint({
  summary: 'Checks whether an access token is valid now, including revocation.',
  // A proxy that keeps the method would take the 200 as permission, so a forward-auth query is rejected.
  query: z.strictObject(
    {},
    unknownParameter('Roles can be required with GET only. Check the roles in the response.'),
  ),
  body: VerifyBody,
  responses: { 200: Verified },
  errors: ['unavailable'],
  proofs: ['bearer', 'access_cookie'],
  handle: async (world: World, call) => {
    const { token } = call.body
    const verdict = token === undefined ? await verdictOf(world, call) : await authenticate(world, token)
    if (verdict?.kind === 'cannot_tell') throw new AppError('unavailable', { retryAfterSeconds: 1 })
    if (verdict?.kind !== 'accepted') return json(200, { access: false })
    const { claims, expiresAt } = verdict.token
    return json(200, {
      access: true,
      user_id: claims.sub,
      session_id: claims.sid,
      roles: claims.roles,
      expires_at: rfc3339(expiresAt),
    })
  },
})

export const refreshPair = endpoint({
  summary: 'Exchanges a refresh token for a new pair; the old refresh token stops working.',
  body: RefreshBody,
  responses: { 200: SignedIn },
  errors: [
    'refresh_token_expired',
    'refresh_token_reused',
    'refresh_token_revoked',
    'invalid_token',
    'too_many_requests',
  ],
  proofs: ['refresh_cookie'],
  setsCookies: ['access', 'refresh'],
  limit: byAddress('refresh'),
  handle: async (world: World, call) => {
    const secure = isSecure(world)
    const presented = presentedRefreshToken(call, secure, call.body)
    if (!presented) throw new AppError('invalid_token')
    const { token, via } = presented
    return clearingRevokedCookies(via === 'cookie' ? [clearCookie('refresh', secure)] : [], async () => {
      const pair = await refresh(world, {
        presented: token,
        client: clientOf(call),
        by: byCallerOf(call),
      })
      return pairAnswer(world, { pair, transport: via })
    })
  },
})

export const logOutHere = endpoint({
  summary: 'Ends the session of the given token. All its tokens are revoked when the response arrives.',
  body: RefreshBody,
  responses: { 204: null, 202: null },
  errors: ['not_signed_in'],
  proofs: ['bearer', 'access_cookie', 'refresh_cookie'],
  clearsCookies: clearedOnSignOut,
  handle: async (world: World, call) => {
    const secure = isSecure(world)
    const access = presentedAccessToken(call, secure)
    const refreshToken = presentedRefreshToken(call, secure, call.body)
    // A cookie that a bearer or body token took precedence over was not checked, so it may still be valid.
    const isByCookies = access?.via !== 'bearer' && refreshToken?.via !== 'body'
    return clearingRevokedCookies(isByCookies ? allCookiesCleared(secure) : [], async () => {
      const tokens = { accessToken: access?.token, refreshToken: refreshToken?.token }
      const { found, propagated } = await logOut(world, { ...tokens, by: byCallerOf(call) })
      if (found) return clearingCookies(world, await emptyWhenRevoked(call, propagated))
      await awaitPropagation(call, propagated)
      throw new AppError('not_signed_in')
    })
  },
})

export const logOutAll = endpoint({
  summary:
    'Ends every session of the caller and rotates the signature, which revokes every token issued before.',
  body: z.strictObject({}),
  responses: { 200: LoggedOutEverywhere, 202: LoggedOutEverywhere },
  errors: ['not_signed_in'],
  proofs: ['bearer', 'access_cookie'],
  clearsCookies: clearedOnSignOut,
  handle: async (world: World, call) => {
    const verdict = await verdictOf(world, call)
    if (verdict?.kind === 'cannot_tell') throw new AppError('unavailable', { retryAfterSeconds: 1 })
    // A revoked token may not end later sessions, but its owner gets the 401 only once that is propagated.
    if (verdict?.kind === 'revoked') await awaitPropagation(call, propagateAll(world))
    if (verdict?.kind !== 'accepted') throw new AppError('not_signed_in')
    const userId = verdict.token.claims.sub
    const by = asUser(byCallerOf(call), userId)
    const ended = await logOutEverywhere(world, { userId, reason: 'logout_all', by })
    return clearingCookies(world, await sessionsEndedAnswer(call, ended))
  },
})
