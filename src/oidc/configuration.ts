import type { Configuration, KoaContextWithOIDC } from 'oidc-provider'
import { userScopes } from '#src/apps/app.ts'
import type { AppWithSecrets } from '#src/apps/apps.sql.ts'
import { findApp } from '#src/apps/find-app.ts'
import { cookieName } from '#src/http/cookies.ts'
import { callOutside, outgoingPolicy } from '#src/http/outgoing.ts'
import { adapterFor } from '#src/oidc/adapter.ts'
import { checkedAssertion, checkedRequestObject } from '#src/oidc/checked-jwts.ts'
import { deviceCodeSeconds } from '#src/oidc/device-flow.ts'
import type { Library } from '#src/oidc/library.ts'
import { proofAlgs } from '#src/oidc/proof-algs.ts'
import { grantFor } from '#src/oidc/provider-grant.ts'
import { checkedClaims, claimsOfScope } from '#src/oidc/requested-claims.ts'
import { visitOf } from '#src/oidc/visit.ts'
import { isSecure } from '#src/tokens/pair-answer.ts'
import type { World } from '#src/world/world.ts'

type Errors = Library['errors']

/** How long an authorization request waits for the user. */
const interactionSeconds = 60 * 60
const codeSeconds = 60

const enabledJWA = {
  idTokenSigningAlgValues: ['ES256'],
  clientAuthSigningAlgValues: [...proofAlgs],
  dPoPSigningAlgValues: [...proofAlgs],
  requestObjectSigningAlgValues: [...proofAlgs],
}

const routes = {
  authorization: '/oauth/authorize',
  token: '/oauth/token',
  pushed_authorization_request: '/oauth/par',
  device_authorization: '/oauth/device_authorization',
  // Our page; here it is only part of the response.
  code_verification: '/device',
  // Never called: see `provider-http.ts`.
  jwks: '/oauth/unused/jwks',
  userinfo: '/oauth/unused/userinfo',
}

/** The configuration of the library. docs/decisions/0023-oidc-provider.md lists what Sigil does instead. */
export function configurationOf(
  world: World,
  errors: Errors,
  calling: () => AppWithSecrets | undefined,
): Configuration {
  const { settings } = world
  const cookie = { httpOnly: true, sameSite: 'lax', secure: isSecure(world), signed: false } as const
  return {
    allowOmittingSingleRegisteredRedirectUri: false,
    adapter: (name: string) =>
      adapterFor(world, name, {
        rejected: () => new errors.InvalidGrant('already used'),
        calling: () => calling()?.app,
      }),
    assertJwtClientAuthClaimsAndHeader: checkedAssertion(world, errors),
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    clientBasedCORS: (ctx: KoaContextWithOIDC, origin: string) =>
      visitOf(ctx.req).calling?.app.allowedOrigins.includes(origin) ?? false,
    claims: { ...claimsOfScope },
    cookies: {
      names: {
        // Never set: browsers have page sessions instead.
        session: 'sigil_unused',
        interaction: cookieName('interaction', isSecure(world)),
        resume: cookieName('resume', isSecure(world)),
      },
      short: cookie,
      long: cookie,
    },
    enabledJWA,
    fetch: fetchFor(world),
    expiresWithSession: () => false,
    features: featuresOf(world, errors),
    findAccount: async (_ctx: KoaContextWithOIDC, id: string) => ({
      accountId: id,
      claims: async () => ({ sub: id }),
    }),
    loadExistingGrant: (ctx: KoaContextWithOIDC) => grantFor(world, ctx),
    // Pairwise ids are ours (`apps/subject.ts`): the library allows them in fewer cases.
    subjectTypes: ['public'],
    pkce: {
      required: (_ctx, { clientAuthMethod, pkce }) => clientAuthMethod === 'none' || pkce !== 'optional',
    },
    extraClientMetadata: { properties: ['pkce', 'asks_always', 'requires'] },
    renderError: (ctx, out) => {
      visitOf(ctx.req).rejected = out.error_description ?? out.error
      ctx.body = ''
    },
    responseTypes: ['code'],
    routes,
    scopes: [...userScopes],
    ttl: {
      AuthorizationCode: codeSeconds,
      Interaction: interactionSeconds,
      DeviceCode: deviceCodeSeconds,
      Session: settings.refreshLifetimeMs / 1000,
      Grant: settings.refreshLifetimeMs / 1000,
    },
  } as Configuration
}

function featuresOf(world: World, errors: Errors) {
  return {
    claimsParameter: { enabled: true, assertClaimsParameter: checkedClaims(errors) },
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    deviceFlow: { enabled: true, charset: 'base-20', mask: '****-****' },
    // At the token endpoint `dpop.ts` checks proofs; for pushed requests the library does.
    dPoP: { enabled: true },
    introspection: { enabled: false },
    pushedAuthorizationRequests: { enabled: true },
    requestObjects: { enabled: true, assertJwtClaimsAndHeader: checkedRequestObject(world, errors) },
    resourceIndicators: resourceIndicatorsOf(world, errors),
    revocation: { enabled: false },
    rpInitiatedLogout: { enabled: false },
    // Our endpoint responds; the library requires this if an app requests claims from userinfo.
    userinfo: { enabled: true },
  }
}

/** Key sets of clients are fetched like everything else, with `outgoing.ts`. */
function fetchFor({ settings }: World) {
  const policy = { ...outgoingPolicy(settings), maxMs: 2500 }
  return (url: string | URL, { headers, signal }: RequestInit = {}) =>
    callOutside(policy, String(url), {
      headers: Object.fromEntries(new Headers(headers)),
      signal: signal ?? undefined,
    })
}

/** RFC 8707: the APIs that the app may use, each by its audience. */
function resourceIndicatorsOf(world: World, errors: Errors) {
  const apisOf = async (clientId: string) => (await findApp(world, clientId))?.apis ?? []
  return {
    enabled: true,
    defaultResource: async (_ctx: KoaContextWithOIDC, client: { clientId: string }) =>
      (await apisOf(client.clientId))[0]?.audience,
    getResourceServerInfo: async (
      _ctx: KoaContextWithOIDC,
      indicator: string,
      client: { clientId: string },
    ) => {
      const api = (await apisOf(client.clientId)).find(({ audience }) => audience === indicator)
      if (!api) throw new errors.InvalidTarget('the app may not use this API')
      return { scope: api.scopes.join(' '), audience: api.audience, accessTokenFormat: 'jwt' as const }
    },
    useGrantedResource: () => true,
  }
}
