import { z } from 'zod'
import type { AppTokenClaims } from '#src/apps/app-token.ts'
import { judgeAppToken } from '#src/apps/judge-app-token.ts'
import { AppError } from '#src/errors/errors.ts'
import { json } from '#src/http/answer.ts'
import { bearerIn, dpopTokenIn } from '#src/http/authorization.ts'
import type { Call } from '#src/http/call.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { provenKey } from '#src/oidc/dpop.ts'
import { userClaims } from '#src/oidc/user-claims.ts'
import { grantById } from '#src/sessions/grants.sql.ts'
import { findUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

const Claims = z.object({
  sub: z.string(),
  name: z.string().optional(),
  preferred_username: z.string().optional(),
  email: z.string().optional(),
  email_verified: z.boolean().optional(),
  roles: z.array(z.string()).optional(),
})

/** The claims of the token of a call; a token that is bound to a key only with a proof of the key. */
async function presentedClaims(world: World, call: Call): Promise<AppTokenClaims | undefined> {
  const authorization = call.header('authorization') ?? ''
  const [bearer, bound] = [bearerIn(authorization), dpopTokenIn(authorization)]
  const accessToken = bearer ?? bound
  const claims = accessToken === undefined ? undefined : await judgeAppToken(world, accessToken)
  if (!claims?.cnf) return bound === undefined ? claims : undefined
  const proof = call.header('dpop')
  if (bound === undefined || proof === undefined) return undefined
  const proving = { proof, method: call.method, path: call.path, accessToken: bound }
  return (await provenKey(world, proving)) === claims.cnf.jkt ? claims : undefined
}

/** OpenID Connect Core section 5.3. Takes every access token of an app that has the scope `openid`. */
export const userinfo = endpoint({
  summary: 'Returns what the scopes of an access token reveal about its user (OpenID Connect Core 5.3).',
  responses: { 200: Claims },
  errors: ['not_signed_in', 'unavailable'],
  proofs: ['bearer'],
  handle: async (world: World, call) => {
    const claims = await presentedClaims(world, call)
    const scopes = claims?.scope.split(' ') ?? []
    const isOfUser = claims !== undefined && claims.sub !== claims.client_id && scopes.includes('openid')
    // The subject may be pairwise, so the grant leads to the user: the first id that revokes the token.
    const grant = isOfUser ? await grantById(world.db.query, claims.rev[0] ?? '') : undefined
    const user = grant && (await findUser(world.db.query, grant.userId))
    if (!user) throw new AppError('not_signed_in')
    return json(200, { sub: claims?.sub, ...userClaims(user, scopes) })
  },
})
