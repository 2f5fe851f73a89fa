import { z } from 'zod'
import { mustDo } from '#src/apps/app.ts'
import type { AppTokenClaims } from '#src/apps/app-token.ts'
import { appById } from '#src/apps/apps.sql.ts'
import { judgeAppToken, readAppToken } from '#src/apps/judge-app-token.ts'
import { AppError } from '#src/errors/errors.ts'
import { type Answer, json } from '#src/http/answer.ts'
import { bearerIn, dpopTokenIn } from '#src/http/authorization.ts'
import type { Call } from '#src/http/call.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { corsForApp } from '#src/oidc/app-cors.ts'
import { provenKey } from '#src/oidc/dpop.ts'
import { fapiAlgs, proofAlgs } from '#src/oidc/proof-algs.ts'
import { claimsFor } from '#src/oidc/requested-claims.ts'
import { userClaims } from '#src/oidc/user-claims.ts'
import { userOfGrant } from '#src/oidc/user-of-grant.sql.ts'
import type { World } from '#src/world/world.ts'

const Claims = z.object({
  sub: z.string(),
  name: z.string().optional(),
  preferred_username: z.string().optional(),
  email: z.string().optional(),
  email_verified: z.boolean().optional(),
  roles: z.array(z.string()).optional(),
})

const common = {
  responses: { 200: Claims },
  errors: ['not_signed_in', 'unavailable'],
  proofs: ['bearer'],
} as const

/** OpenID Connect Core section 5.3. Accepts every access token of an app with the scope `openid`. */
export const userinfo = endpoint({
  ...common,
  summary: 'Returns claims about the user, by the scopes of the access token (OpenID Connect Core 5.3).',
  handle: (world: World, call) => answer(world, call, bearerIn(call.header('authorization') ?? '')),
})

/** RFC 6750 section 2.2. The header takes precedence, and a token in both places is an error. */
export const userinfoByForm = endpoint({
  ...common,
  summary: 'Returns the same for a token in the header or in the form.',
  body: z.object({ access_token: z.string().optional() }),
  handle: (world: World, call) => {
    const { access_token: inForm } = call.body
    const inHeader = bearerIn(call.header('authorization') ?? '')
    if (inHeader !== undefined && inForm !== undefined) throw new AppError('invalid_request')
    return answer(world, call, inHeader ?? inForm)
  },
})

async function answer(world: World, call: Call, bearer: string | undefined): Promise<Answer> {
  const bound = dpopTokenIn(call.header('authorization') ?? '')
  const claims = await presentedClaims(world, call, { bearer, bound })
  const scopes = claims?.scope.split(' ') ?? []
  const isOfUser = claims !== undefined && claims.sub !== claims.client_id && scopes.includes('openid')
  // The subject may be pairwise, so the grant leads to the user: the first id that revokes the token.
  const found = isOfUser ? await userOfGrant(world.db.query, claims.rev[0] ?? '') : undefined
  const headers = await corsOf(world, call, bearer ?? bound)
  const challenge = bearer === undefined ? {} : { 'www-authenticate': invalidToken }
  if (!found) throw new AppError('not_signed_in', { headers: { ...headers, ...challenge } })
  const revealed = userClaims(found.user, { scopes, claims: claimsFor('userinfo', found) })
  return json(200, { sub: claims?.sub, ...revealed }, headers)
}

/** RFC 6750 section 3: a token in the form is named like one in the header. */
const invalidToken = 'Bearer realm="sigil", error="invalid_token"'

type Tokens = { readonly bearer: string | undefined; readonly bound: string | undefined }

/** The claims of the token of a call; a token bound to a key requires a proof of the key. */
async function presentedClaims(
  world: World,
  call: Call,
  { bearer, bound }: Tokens,
): Promise<AppTokenClaims | undefined> {
  const accessToken = bearer ?? bound
  const claims = accessToken === undefined ? undefined : await judgeAppToken(world, accessToken)
  if (!claims?.cnf) return bound === undefined ? claims : undefined
  const proof = call.header('dpop')
  if (bound === undefined || proof === undefined) return undefined
  const app = await appById(world.db.query, claims.client_id)
  const algs = app && mustDo(app, 'fapi2') ? fapiAlgs : proofAlgs
  const proving = { proof, method: call.method, path: call.path, accessToken: bound, algs }
  return (await provenKey(world, proving)) === claims.cnf.jkt ? claims : undefined
}

/** The app of a token, valid or not: its scripts have to be able to read the error. */
async function corsOf(world: World, call: Call, token = ''): Promise<Record<string, string>> {
  const isOfScript = call.header('origin') !== undefined
  const clientId = isOfScript ? readAppToken(world, token)?.claims.client_id : undefined
  return corsForApp(call, clientId === undefined ? undefined : await appById(world.db.query, clientId))
}
