import { z } from 'zod'
import { judgeAppToken } from '#src/apps/judge-app-token.ts'
import { AppError } from '#src/errors/errors.ts'
import { json } from '#src/http/answer.ts'
import { bearerIn } from '#src/http/authorization.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { userClaims } from '#src/oidc/user-claims.ts'
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

/** OpenID Connect Core section 5.3. Takes every access token of an app that has the scope `openid`. */
export const userinfo = endpoint({
  summary: 'Returns what the scopes of an access token reveal about its user (OpenID Connect Core 5.3).',
  responses: { 200: Claims },
  errors: ['not_signed_in', 'unavailable'],
  proofs: ['bearer'],
  handle: async (world: World, call) => {
    const token = bearerIn(call.header('authorization') ?? '')
    const claims = token === undefined ? undefined : await judgeAppToken(world, token)
    const scopes = claims?.scope.split(' ') ?? []
    const isOfUser = claims !== undefined && claims.sub !== claims.client_id && scopes.includes('openid')
    const user = isOfUser ? await findUser(world.db.query, claims.sub) : undefined
    if (!user) throw new AppError('not_signed_in')
    return json(200, { sub: user.id, ...userClaims(user, scopes) })
  },
})
