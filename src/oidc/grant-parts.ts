import type { KoaContextWithOIDC } from 'oidc-provider'
import { type App, mustDo } from '#src/apps/app.ts'
import type { AppAccess } from '#src/apps/app-token.ts'
import { provenKey } from '#src/oidc/dpop.ts'
import type { Library } from '#src/oidc/library.ts'
import { fapiAlgs, proofAlgs } from '#src/oidc/proof-algs.ts'
import { visitOf } from '#src/oidc/visit.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { World } from '#src/world/world.ts'

/**
 * The app as it has authenticated, with its APIs of that moment. Its tokens name the app as it was then, so
 * removing or disabling it since then revokes them.
 */
export function appOf({ errors }: Library, ctx: KoaContextWithOIDC): App {
  const app = visitOf(ctx.req).calling?.app
  if (app?.clientId !== ctx.oidc.client?.clientId || !app) throw new errors.InvalidClient('not authenticated')
  return app
}

/** The key that the app proves (RFC 9449 section 5). Required if the app is registered that way. */
export async function keyOf(
  world: World,
  { errors }: Library,
  ctx: KoaContextWithOIDC,
  app: App,
): Promise<string | undefined> {
  const proof = ctx.get('DPoP')
  if (proof === '' && mustDo(app, 'dpop')) throw new errors.InvalidRequest('the app must send a DPoP proof')
  if (proof === '') return undefined
  const algs = mustDo(app, 'fapi2') ? fapiAlgs : proofAlgs
  const thumbprint = await provenKey(world, { proof, method: 'POST', path: '/oauth/token', algs })
  if (thumbprint === undefined) throw new errors.InvalidDpopProof('the DPoP proof is not valid or was used')
  return thumbprint
}

export function paramsOf(ctx: KoaContextWithOIDC): Readonly<Record<string, string | undefined>> {
  return ctx.oidc.params as Record<string, string | undefined>
}

export function tokensOf({ accessToken, expiresAt, scopes, keyThumbprint }: AppAccess, now: Instant) {
  return {
    access_token: accessToken,
    token_type: keyThumbprint === undefined ? 'Bearer' : 'DPoP',
    expires_in: Math.max(0, Math.round((expiresAt - now) / 1000)),
    scope: scopes.join(' '),
  }
}

export function wordsOf(scope: string): string[] {
  return scope.split(' ').filter((word) => word !== '')
}
