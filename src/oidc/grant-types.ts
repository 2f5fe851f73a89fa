import type { KoaContextWithOIDC } from 'oidc-provider'
import { type App, mustDo } from '#src/apps/app.ts'
import { mintForGrant, mintForMachine, refreshLifetimeOf, userinfoUrl } from '#src/apps/app-token.ts'
import { findGrantSubject } from '#src/apps/grant-subject.sql.ts'
import { refreshGrant } from '#src/apps/refresh-grant.ts'
import { subjectFor } from '#src/apps/subject.ts'
import { byCallerOf } from '#src/audit/by.ts'
import { exchangeToken } from '#src/oidc/exchange-token.ts'
import { appOf, keyOf, paramsOf, tokensOf, wordsOf } from '#src/oidc/grant-parts.ts'
import { idToken } from '#src/oidc/id-token.ts'
import type { Library } from '#src/oidc/library.ts'
import { redeemCode } from '#src/oidc/redeem-code.ts'
import { tokenExchange } from '#src/oidc/token-exchange-name.ts'
import { visitOf } from '#src/oidc/visit.ts'
import { grantByHandle } from '#src/sessions/grants.sql.ts'
import { hashOf } from '#src/sessions/handle.ts'
import { prepareMint } from '#src/tokens/mint.ts'
import { recognizeRefreshToken } from '#src/tokens/recognize-refresh-token.ts'
import { writeRefreshToken } from '#src/tokens/refresh-token.ts'
import type { World } from '#src/world/world.ts'

type Handle = (world: World, library: Library, ctx: KoaContextWithOIDC) => Promise<void>

/** The grants of the token endpoint, by `grant_type`; the library has authenticated the app before. */
export const grantTypes = {
  authorization_code: exchangeCode,
  refresh_token: refresh,
  client_credentials: issueToMachine,
  [tokenExchange]: exchangeToken,
} as const satisfies Record<string, Handle>

export const parametersOf = {
  authorization_code: ['code', 'redirect_uri', 'code_verifier', 'resource'],
  refresh_token: ['refresh_token', 'scope', 'resource'],
  client_credentials: ['scope', 'resource'],
  [tokenExchange]: [
    ...(['subject_token', 'subject_token_type', 'requested_token_type', 'actor_token'] as const),
    ...(['scope', 'resource', 'audience'] as const),
  ],
} as const

async function exchangeCode(world: World, library: Library, ctx: KoaContextWithOIDC): Promise<void> {
  const { errors } = library
  const app = appOf(library, ctx)
  const keyThumbprint = await keyOf(world, library, ctx, app)
  await prepareMint(world, world.clock.now())
  const redeemed = await redeemCode(world, library, ctx, { app, keyThumbprint })
  const now = world.clock.now()
  const subject = await findGrantSubject(world.db.query, { grantId: redeemed.grantId, now })
  if (!subject) throw new errors.InvalidGrant('the user has signed out')
  const { grant } = subject
  const audience = audienceFor(library, ctx, { world, app, allowed: grant.audiences })
  const sub = await subjectFor(world, { app, userId: grant.userId })
  const { scopes } = grant
  const access = mintForGrant(world, { subject, sub, app, audience, scopes, now, keyThumbprint })
  const { nonce } = redeemed
  ctx.body = {
    ...tokensOf(access, now),
    refresh_token: writeRefreshToken(world.keys, { handle: redeemed.handle, counter: 0 }),
    ...(await idTokenOf(world, { app, grant, sub, access, nonce, now })),
  }
}

async function refresh(world: World, library: Library, ctx: KoaContextWithOIDC): Promise<void> {
  const { errors } = library
  const app = appOf(library, ctx)
  const { refresh_token: presented, scope } = paramsOf(ctx)
  if (!presented) throw new errors.InvalidRequest("missing required parameter 'refresh_token'")
  const { call } = visitOf(ctx.req)
  // Checked before the token is used up: a mistake must not cost the app its grant.
  await refuseUpgrade(world, library, ctx, { app, presented, scope })
  const keyThumbprint = await keyOf(world, library, ctx, app)
  const { clientId } = app
  const refreshed = await refreshGrant(world, {
    ...{ presented, clientId, keyThumbprint, client: call, by: byCallerOf(call) },
    lifetimeMs: refreshLifetimeOf(world, app),
    // FAPI 2.0 Security Profile section 5.3.2.1: sender-constrained refresh tokens do not rotate.
    step: mustDo(app, 'fapi2') ? 0 : 1,
  })
  if (!refreshed) throw new errors.InvalidGrant('the refresh token is not valid')
  const { subject, now, refreshToken } = refreshed
  const { grant } = subject
  const audience = audienceFor(library, ctx, { world, app, allowed: grant.audiences })
  const scopes = scope === undefined ? grant.scopes : wordsOf(scope)
  const sub = await subjectFor(world, { app, userId: grant.userId })
  const access = mintForGrant(world, { subject, sub, app, audience, scopes, now, keyThumbprint })
  ctx.body = {
    ...tokensOf(access, now),
    refresh_token: refreshToken,
    ...(await idTokenOf(world, { app, grant, sub, access, nonce: undefined, now })),
  }
}

type Refreshing = { readonly app: App; readonly presented: string; readonly scope: string | undefined }

/** RFC 6749 section 6: a refresh can narrow what was granted and never widen it. */
async function refuseUpgrade(
  world: World,
  library: Library,
  ctx: KoaContextWithOIDC,
  { app, presented, scope }: Refreshing,
): Promise<void> {
  const isPlain = scope === undefined && paramsOf(ctx).resource === undefined
  const token = isPlain ? undefined : await recognizeRefreshToken(world, presented)
  const grant = token && (await grantByHandle(world.db.query, hashOf(token.handle)))
  if (grant?.clientId !== app.clientId) return
  audienceFor(library, ctx, { world, app, allowed: grant.audiences })
  const isWider = scope !== undefined && !wordsOf(scope).every((one) => grant.scopes.includes(one))
  if (isWider) throw new library.errors.InvalidScope('the scope was not granted', scope)
}

async function issueToMachine(world: World, library: Library, ctx: KoaContextWithOIDC): Promise<void> {
  const { errors } = library
  const app = appOf(library, ctx)
  const { scope } = paramsOf(ctx)
  const allowed = app.apis.map((api) => api.audience)
  if (allowed.length === 0) throw new errors.InvalidTarget('the app may not use any API')
  await prepareMint(world, world.clock.now())
  const now = world.clock.now()
  const audience = audienceFor(library, ctx, { world, app, allowed })
  const known = app.apis.find((api) => api.audience === audience)?.scopes ?? []
  const scopes = scope === undefined ? known : wordsOf(scope)
  const unknown = scopes.find((one) => !known.includes(one))
  if (unknown !== undefined) throw new errors.InvalidScope('the app may not have this scope', unknown)
  const keyThumbprint = await keyOf(world, library, ctx, app)
  ctx.body = tokensOf(mintForMachine(world, { app, audience, scopes, now, keyThumbprint }), now)
}

type Choice = { readonly world: World; readonly app: App; readonly allowed: readonly string[] }

/** RFC 8707 section 2.2: one of the granted resources; by default the app's default, or userinfo. */
export function audienceFor(
  { errors }: Library,
  ctx: KoaContextWithOIDC,
  { world, app, allowed }: Choice,
): string {
  const { resource } = paramsOf(ctx)
  const granted = app.apis.map((api) => api.audience).filter((one) => allowed.includes(one))
  if (resource === undefined) return granted[0] ?? userinfoUrl(world)
  if (!granted.includes(resource)) throw new errors.InvalidTarget('the resource was not granted')
  return resource
}

export async function idTokenOf(world: World, parts: Parameters<typeof idToken>[1]) {
  if (!parts.grant.scopes.includes('openid')) return {}
  return { id_token: await idToken(world, parts) }
}
