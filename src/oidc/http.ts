import { z } from 'zod'
import { byCallerOf } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { empty, json } from '#src/http/answer.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { corsForApp } from '#src/oidc/app-cors.ts'
import { callingClient } from '#src/oidc/calling-client.ts'
import { introspect } from '#src/oidc/introspect.ts'
import { revokeAppToken, revokeToken } from '#src/oidc/revoke-token.ts'
import type { World } from '#src/world/world.ts'

/** RFC 6749 section 3.2: unknown parameters are ignored, and clients do send some. */
const TokenForm = z.object({
  // Checked after the client is authenticated: without credentials the body is not validated.
  token: z.string().default('').describe('Required'),
  token_type_hint: z.string().optional().describe('Has no effect: the type follows from the token'),
  client_id: z.string().optional().describe('Of an app that does not authenticate with Basic'),
  client_secret: z.string().optional(),
  client_assertion: z.string().optional().describe('Instead of a secret: a signed JWT (RFC 7523)'),
  client_assertion_type: z.string().optional(),
})

const Introspected = z.union([
  z.object({
    active: z.literal(true),
    token_type: z.enum(['Bearer', 'DPoP']),
    cnf: z.object({ jkt: z.string() }).optional(),
    act: z.record(z.string(), z.unknown()).optional().describe('Who acts for the user'),
    iss: z.string(),
    aud: z.string(),
    client_id: z.string(),
    sub: z.string(),
    sid: z.string().optional().describe('The session, for tokens of Sigil itself'),
    scope: z.string().optional().describe('For tokens of apps'),
    iat: z.int(),
    exp: z.int(),
    roles: z.array(z.string()).optional(),
    jti: z.string(),
    username: z.string().optional(),
  }),
  z.object({ active: z.literal(false) }),
])

export const introspectToken = endpoint({
  summary: 'Returns the claims of a valid access token (RFC 7662). A refresh token is never active.',
  body: TokenForm,
  responses: { 200: Introspected },
  errors: ['invalid_client', 'too_many_requests', 'unavailable'],
  proofs: ['verifier_key', 'verifier_basic'],
  handle: async (world: World, call) => {
    const client = await callingClient(world, call, call.body)
    return json(200, await introspect(world, { presented: tokenIn(call.body), client }))
  },
})

export const revokeOneToken = endpoint({
  summary: 'Ends the session or grant of a token (RFC 7009). Its tokens are revoked before the response.',
  body: TokenForm,
  responses: { 200: null },
  errors: ['invalid_client', 'too_many_requests', 'unavailable', 'unsupported_token_type'],
  proofs: ['verifier_key', 'verifier_basic'],
  handle: async (world: World, call) => {
    const client = await callingClient(world, call, call.body)
    const presented = tokenIn(call.body)
    const by = byCallerOf(client.kind === 'app' ? call : { ...call, verifier: client.name })
    // A verifier without an API is for Sigil's own tokens.
    const isForApps = client.kind === 'app' || client.audience !== undefined
    await (isForApps
      ? revokeAppToken(world, { presented, client, by })
      : revokeToken(world, { presented, by }))
    return empty(200, client.kind === 'app' ? corsForApp(call, client.app) : {})
  },
})

function tokenIn({ token }: z.output<typeof TokenForm>): string {
  if (token === '')
    throw new AppError('invalid_request', { errors: [{ pointer: '/token', code: 'missing' }] })
  return token
}
