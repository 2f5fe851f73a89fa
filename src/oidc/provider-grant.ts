import type { KoaContextWithOIDC } from 'oidc-provider'
import { consentOf } from '#src/apps/consents.sql.ts'
import { findApp } from '#src/apps/find-app.ts'
import { scopeOfClaim } from '#src/oidc/requested-claims.ts'
import { randomId } from '#src/platform/random.ts'
import type { World } from '#src/world/world.ts'

/**
 * The access that the app of a request may get: all of the request if it is first-party, otherwise the part
 * that the user has consented to. The provider asks for consent if something is missing. The id becomes the
 * id of the grant that the code opens.
 */
export async function grantFor(world: World, ctx: KoaContextWithOIDC) {
  const { oidc } = ctx
  const { account, client } = oidc
  if (!account || !client) return undefined
  const { accountId } = account
  const { clientId } = client
  const app = await findApp(world, clientId)
  if (!app) return undefined
  const agreed = app.isFirstParty
    ? undefined
    : await consentOf(world.db.query, { userId: accountId, clientId })
  const grant = new oidc.provider.Grant({ accountId, clientId })
  grant.jti = randomId(world.random)
  const wanted = [...oidc.requestParamOIDCScopes]
  const allowed = wanted.filter((scope) => !agreed || agreed['']?.includes(scope))
  if (allowed.length > 0) grant.addOIDCScope(allowed.join(' '))
  const claims = [...oidc.requestParamClaims].filter((claim) => {
    const scope = scopeOfClaim(claim)
    return scope !== undefined && (!agreed || agreed['']?.includes(scope))
  })
  grant.addOIDCClaims(claims)
  for (const [audience, server] of Object.entries(oidc.resourceServers ?? {})) {
    const scopes = [...server.scopes].filter((scope) => !agreed || agreed[audience]?.includes(scope))
    if (scopes.length > 0) grant.addResourceScope(audience, scopes.join(' '))
  }
  return grant
}
