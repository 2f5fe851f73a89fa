import { z } from 'zod'
import { asUser, byCallerOf } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { empty, json } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { clearCookie } from '#src/http/cookies.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { byAddress } from '#src/limits/by-address.ts'
import { rfc3339 } from '#src/platform/clock.ts'
import { propagateAll } from '#src/revocations/commit.ts'
import { logOutEverywhere } from '#src/sessions/end-everywhere.ts'
import { clientOf } from '#src/sessions/session.ts'
import { done, sessionsEndedAnswer } from '#src/tokens/answer-when-revoked.ts'
import { authenticate, type Verdict } from '#src/tokens/authenticate.ts'
import { awaitPropagation } from '#src/tokens/await-propagation.ts'
import {
  clearedOnSignOut,
  clearingCookies,
  clearingRevokedCookies,
  everyCookieCleared,
} from '#src/tokens/clear-cookies.ts'
import { identityFor, identityHeaders, logInvalidRole } from '#src/tokens/forward-auth.ts'
import { logOut } from '#src/tokens/log-out.ts'
import { isSecure, pairAnswer } from '#src/tokens/pair-answer.ts'
import { presentedAccessToken, presentedRefreshToken } from '#src/tokens/presented.ts'
import { refresh } from '#src/tokens/refresh.ts'
import { LoggedOutEverywhere, RefreshBody, SignedIn, Verified, VerifyBody } from '#src/tokens/schemas.ts'
import { roleName } from '#src/users/role.ts'
import { findUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

async function verdictOf(world: World, call: Call): Promise<Verdict | undefined> {
  const presented = presentedAccessToken(call, isSecure(world))
  return presented && authenticate(world, presented.token)
}

const Role = z.string().regex(roleName, 'No role can have this name. Ask for one that there can be.')

/** Whoever misspells what is asked for believes that a role is needed, while everybody signed in passes. */
const Roles = z.strictObject(
  {
    role: z
      .union([Role, z.array(Role)])
      .optional()
      .describe('A role that is needed; of several, any. The query may have nothing else'),
  },
  notAskedFor('Only roles can be asked for here. Did you mean role?'),
)

function wantedRoles({ role }: z.output<typeof Roles>): string[] {
  return role === undefined ? [] : [role].flat()
}

function notAskedFor(summary: string) {
  return { error: ({ code }: z.core.$ZodRawIssue) => (code === 'unrecognized_keys' ? summary : undefined) }
}

/** RFC 9110 has no word for forward-auth; nginx, Traefik and Caddy agree on it: any 2xx is yes. */
export const verifyForProxy = endpoint({
  summary: 'Tells a proxy whether the caller is signed in, and has one of the roles asked for.',
  query: Roles,
  logInvalidRole,
  responses: { 204: null },
  headers: identityHeaders,
  errors: ['not_signed_in', 'forbidden', 'unavailable'],
  proofs: ['bearer', 'access_cookie'],
  handle: async (world: World, call) =>
    empty(204, identityFor(await verdictOf(world, call), wantedRoles(call.query))),
})

const forEnvoy = {
  responses: { 200: null },
  headers: identityHeaders,
  // What is asked with `..` in its path is not answered, for it could be about another page.
  errors: ['not_signed_in', 'unavailable', 'not_found'],
  proofs: ['bearer', 'access_cookie'],
  handle: async (world: World, call: Call) => empty(200, identityFor(await verdictOf(world, call), [])),
} as const

/** The query is the protected page's own: a role in it would be the visitor's wish, not the operator's. */
export const verifyForEnvoy = endpoint({
  summary: 'The same for Envoy, which keeps the method and path of the request and takes only 200 for yes.',
  ...forEnvoy,
})

/**
 * Envoy puts the page's path behind ours, so a query right here is the operator's: who writes `?role=` into
 * the prefix would be answered as if nothing had been asked for.
 */
export const verifyForEnvoyAtRoot = endpoint({
  summary: 'The same with nothing behind it; no query is taken, for no role can be asked for.',
  query: z.strictObject(
    {},
    notAskedFor('No role can be asked for here. Have Envoy look for it in X-Auth-Roles.'),
  ),
  logInvalidRole,
  ...forEnvoy,
})

export const verify = endpoint({
  summary: 'Tells whether an access token is good right now, revocation included.',
  // Its 200 is no yes, but to a proxy that keeps methods it would be one.
  query: z.strictObject({}, notAskedFor('Only GET asks for a role. Look at the roles in the answer.')),
  body: VerifyBody,
  responses: { 200: Verified },
  errors: ['unavailable'],
  proofs: ['bearer', 'access_cookie'],
  handle: async (world: World, call) => {
    const given = call.body.token
    const verdict = given === undefined ? await verdictOf(world, call) : await authenticate(world, given)
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
  summary: 'Takes a refresh token and gives a new pair; the old refresh token is worth nothing then.',
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
      const user = await findUser(world.db.query, pair.userId)
      if (!user) throw new AppError('refresh_token_revoked')
      return pairAnswer(world, { pair, user, transport: via })
    })
  },
})

export const logOutHere = endpoint({
  summary: 'Ends the session of the given token: all its tokens are dead when this is answered.',
  body: RefreshBody,
  responses: { 204: null, 202: null },
  errors: ['not_signed_in'],
  proofs: ['bearer', 'access_cookie', 'refresh_cookie'],
  clearsCookies: clearedOnSignOut,
  handle: async (world: World, call) => {
    const secure = isSecure(world)
    const access = presentedAccessToken(call, secure)
    const refreshing = presentedRefreshToken(call, secure, call.body)
    // What was not looked at, because something else beat it, may live on.
    const isByCookies = access?.via !== 'bearer' && refreshing?.via !== 'body'
    return clearingRevokedCookies(isByCookies ? everyCookieCleared(secure) : [], async () => {
      const tokens = { accessToken: access?.token, refreshToken: refreshing?.token }
      const { found, propagated } = await logOut(world, { ...tokens, by: byCallerOf(call) })
      if (found) return clearingCookies(world, await done(call, propagated))
      await awaitPropagation(call, propagated)
      throw new AppError('not_signed_in')
    })
  },
})

export const logOutAll = endpoint({
  summary: 'Ends every session of the caller and rotates the signature: every token issued before is dead.',
  body: z.strictObject({}),
  responses: { 200: LoggedOutEverywhere, 202: LoggedOutEverywhere },
  errors: ['not_signed_in'],
  proofs: ['bearer', 'access_cookie'],
  clearsCookies: clearedOnSignOut,
  handle: async (world: World, call) => {
    const verdict = await verdictOf(world, call)
    if (verdict?.kind === 'cannot_tell') throw new AppError('unavailable', { retryAfterSeconds: 1 })
    // An old token may not end what was begun since; but its owner is told "dead" only when that holds
    // everywhere.
    if (verdict?.kind === 'revoked') await awaitPropagation(call, propagateAll(world))
    if (verdict?.kind !== 'accepted') throw new AppError('not_signed_in')
    const userId = verdict.token.claims.sub
    const by = asUser(byCallerOf(call), userId)
    const ended = await logOutEverywhere(world, { userId, reason: 'logout_all', by })
    return clearingCookies(world, await sessionsEndedAnswer(call, ended))
  },
})
