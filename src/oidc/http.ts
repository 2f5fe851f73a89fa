import { z } from 'zod'
import { byCallerOf } from '#src/audit/by.ts'
import { empty, json } from '#src/http/answer.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { introspect } from '#src/oidc/introspect.ts'
import { revokeToken } from '#src/oidc/revoke-token.ts'
import type { World } from '#src/world/world.ts'

/** RFC 6749 section 3.2: unknown parameters are ignored, and clients do send some. */
const TokenForm = z.object({
  token: z.string().min(1),
  token_type_hint: z.string().optional().describe('Has no effect: the type follows from the token'),
})

const Introspected = z.union([
  z.object({
    active: z.literal(true),
    token_type: z.literal('Bearer'),
    iss: z.string(),
    aud: z.string(),
    client_id: z.string(),
    sub: z.string(),
    sid: z.string().describe('The session'),
    iat: z.int(),
    exp: z.int(),
    roles: z.array(z.string()),
    jti: z.string(),
    username: z.string().optional(),
  }),
  z.object({ active: z.literal(false) }),
])

export const introspectToken = endpoint({
  summary: 'Returns the claims of a valid access token (RFC 7662). A refresh token is never active.',
  body: TokenForm,
  responses: { 200: Introspected },
  errors: ['invalid_client', 'unavailable'],
  handle: async (world: World, { body }) => json(200, await introspect(world, body.token)),
})

export const revokeOneToken = endpoint({
  summary: 'Ends the session of a token (RFC 7009). All its tokens stop working before the response.',
  body: TokenForm,
  responses: { 200: null },
  errors: ['invalid_client', 'unavailable'],
  handle: async (world: World, call) => {
    await revokeToken(world, { presented: call.body.token, by: byCallerOf(call) })
    return empty(200)
  },
})
