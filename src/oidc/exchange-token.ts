import type { KoaContextWithOIDC } from 'oidc-provider'
import type { App } from '#src/apps/app.ts'
import { type AppTokenClaims, mintForActor } from '#src/apps/app-token.ts'
import { judgeAppToken } from '#src/apps/judge-app-token.ts'
import { appOf, keyOf, paramsOf, tokensOf, wordsOf } from '#src/oidc/grant-parts.ts'
import type { Library } from '#src/oidc/library.ts'
import type { Grant } from '#src/sessions/grant.ts'
import { grantById } from '#src/sessions/grants.sql.ts'
import { prepareMint } from '#src/tokens/mint.ts'
import type { World } from '#src/world/world.ts'

const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'

/** The maximum number of services between the user's app and the last one. */
const maxActors = 4

/**
 * RFC 8693 section 2: a machine exchanges the access token of a user, which an API of its own received, for
 * one that lets it act for the user at another API. The new token expires no later than the first one, and
 * revoking the first one revokes it too.
 */
export async function exchangeToken(world: World, library: Library, ctx: KoaContextWithOIDC): Promise<void> {
  const { errors } = library
  const app = appOf(library, ctx)
  if (!app.exchangesTokens) throw new errors.UnauthorizedClient('the app may not exchange tokens')
  const presented = presentedToken(library, ctx)
  await prepareMint(world, world.clock.now())
  const now = world.clock.now()
  const claims = await judgeAppToken(world, presented)
  refuseToken(library, app, claims)
  const audience = targetOf(library, ctx, app)
  const grant = await grantById(world.db.query, claims.rev[0] ?? '')
  const scopes = scopesOf(library, ctx, { app, claims, audience, grant })
  const keyThumbprint = await keyOf(world, library, ctx, app)
  refuseUnprovenToken(library, claims, keyThumbprint)
  const access = mintForActor(world, { app, claims, audience, scopes, now, keyThumbprint })
  ctx.body = { ...tokensOf(access, now), issued_token_type: accessTokenType }
}

function presentedToken({ errors }: Library, ctx: KoaContextWithOIDC): string {
  const params = paramsOf(ctx)
  const { subject_token: token, subject_token_type: type, requested_token_type: wanted } = params
  if (!token) throw new errors.InvalidRequest("missing required parameter 'subject_token'")
  const isAccess = type === accessTokenType && (wanted ?? accessTokenType) === accessTokenType
  if (!isAccess) throw new errors.InvalidRequest('only access tokens can be exchanged')
  if (params.actor_token !== undefined) throw new errors.InvalidRequest('actor tokens are not supported')
  return token
}

/** The token must be one of a user, for an API that the machine may use. */
function refuseToken(
  { errors }: Library,
  app: App,
  claims: AppTokenClaims | undefined,
): asserts claims is AppTokenClaims {
  const isForApp = claims && app.apis.some(({ audience }) => audience === claims.aud)
  const isOfUser = claims && claims.sub !== claims.client_id
  // RFC 8693 section 2.2.2: a subject token that is not accepted is an invalid request.
  if (!isForApp || !isOfUser) throw new errors.InvalidRequest('the subject token is not valid for this app')
  if (actorsIn(claims) >= maxActors) throw new errors.InvalidRequest('too many services act for the user')
}

/**
 * RFC 8693 section 2.1 requires the validation that the type of the token needs: a bound token is exchanged
 * only with a proof of its key, and the new token is bound to that key. Otherwise an exchange would turn a
 * stolen token, which is useless by itself, into a bearer token.
 */
function refuseUnprovenToken(
  { errors }: Library,
  { cnf }: AppTokenClaims,
  keyThumbprint: string | undefined,
): void {
  if (cnf !== undefined && cnf.jkt !== keyThumbprint)
    throw new errors.InvalidRequest('the subject token needs a DPoP proof of its key')
}

function actorsIn({ act }: Pick<AppTokenClaims, 'act'>): number {
  return act ? 1 + actorsIn(act) : 0
}

function targetOf({ errors }: Library, ctx: KoaContextWithOIDC, app: App): string {
  const { resource, audience = resource } = paramsOf(ctx)
  const isContradiction = resource !== undefined && resource !== audience
  const target = audience ?? app.apis[0]?.audience
  const isAllowed = app.apis.some((api) => api.audience === target)
  if (target === undefined || isContradiction || !isAllowed)
    throw new errors.InvalidTarget('the app may not use this API')
  return target
}

type Wanted = {
  readonly app: App
  readonly claims: AppTokenClaims
  readonly audience: string
  /** Of the user's app. */
  readonly grant: Grant | undefined
}

/**
 * For the same API, at most the scopes of the token; for another API of the grant, at most those that the
 * user agreed to, so that a chain which returns to an API gets no more there; for all others, the scopes that
 * the operator granted.
 */
function scopesOf({ errors }: Library, ctx: KoaContextWithOIDC, wanted: Wanted): string[] {
  const { app, audience } = wanted
  const ofApp = app.apis.find((api) => api.audience === audience)?.scopes ?? []
  const limit = limitOf(wanted)
  const allowed = limit ? ofApp.filter((scope) => limit.includes(scope)) : ofApp
  const { scope } = paramsOf(ctx)
  const scopes = scope === undefined ? [...allowed] : wordsOf(scope)
  const unknown = scopes.find((one) => !allowed.includes(one))
  if (unknown !== undefined) throw new errors.InvalidScope('the app may not have this scope', unknown)
  return scopes
}

/** Undefined if the user's app has no access that the scopes could exceed. */
function limitOf({ claims, audience, grant }: Wanted): readonly string[] | undefined {
  if (audience === claims.aud) return wordsOf(claims.scope)
  return grant?.audiences.includes(audience) ? grant.scopes : undefined
}
