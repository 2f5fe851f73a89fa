import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Configuration, KoaContextWithOIDC } from 'oidc-provider'
import { userScopes } from '#src/apps/app.ts'
import { appById } from '#src/apps/apps.sql.ts'
import { isSecretOf } from '#src/apps/client-secret.ts'
import { adapterFor } from '#src/oidc/adapter.ts'
import { grantTypes, parametersOf } from '#src/oidc/grant-types.ts'
import { readIdToken } from '#src/oidc/id-token.ts'
import { grantFor } from '#src/oidc/provider-grant.ts'
import { visitOf } from '#src/oidc/visit.ts'
import { isSecure } from '#src/tokens/pair-answer.ts'
import { perWorld, type World } from '#src/world/world.ts'

type Library = typeof import('oidc-provider')
type Provider = InstanceType<Library['Provider']>

export type OidcProvider = {
  readonly provider: Provider
  readonly errors: Library['errors']
  readonly handle: (request: IncomingMessage, response: ServerResponse) => unknown
}

/** Loaded with the first request that needs it: a server without apps does not pay for the library. */
export const oidcProvider = perWorld((world) => {
  let loading: Promise<OidcProvider> | undefined
  return () => {
    loading ??= load(world).catch((error: unknown) => {
      loading = undefined
      throw error
    })
    return loading
  }
})

/** How long an authorization request waits for the user. */
const interactionSeconds = 60 * 60
const codeSeconds = 60

async function load(world: World): Promise<OidcProvider> {
  const { Provider, errors, interactionPolicy } = await import('oidc-provider')
  const { generateKeyPairSync } = await import('node:crypto')
  // The library needs a key to start with and never signs: ID tokens are signed with the key ring.
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = privateKey.export({ format: 'jwk' })
  const configuration = {
    ...configurationOf(world, errors),
    jwks: { keys: [{ ...jwk, use: 'sig', alg: 'ES256' }] },
    interactions: { policy: interactionPolicy.base(), url: interactionUrl },
  } as Configuration
  const provider = new Provider(world.settings.publicUrl, configuration)
  useOurSessions(provider)
  useOurSecrets(world, provider)
  useOurIdTokens(world, provider)
  for (const [name, handle] of Object.entries(grantTypes)) {
    provider.registerGrantType(
      name,
      (ctx) => handle(world, { provider, errors }, ctx),
      parametersOf[name as keyof typeof grantTypes],
    )
  }
  provider.on('server_error', (ctx, error) => {
    visitOf(ctx.req).failure = error
  })
  return { provider, errors, handle: provider.callback() }
}

function configurationOf(world: World, errors: Library['errors']): Configuration {
  const { settings } = world
  const prefix = isSecure(world) ? '__Secure-' : ''
  const cookie = { httpOnly: true, sameSite: 'lax', secure: isSecure(world), signed: false } as const
  return {
    allowOmittingSingleRegisteredRedirectUri: false,
    adapter: (name: string) => adapterFor(world, name, () => new errors.InvalidGrant('already used')),
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'none'],
    clientBasedCORS: (ctx: KoaContextWithOIDC, origin: string) =>
      visitOf(ctx.req).app?.allowedOrigins.includes(origin) ?? false,
    claims: { openid: ['sub'] },
    cookies: {
      names: {
        session: `${prefix}sigil_unused`,
        interaction: `${prefix}sigil_interaction`,
        resume: `${prefix}sigil_resume`,
      },
      short: cookie,
      long: cookie,
    },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    expiresWithSession: () => false,
    features: {
      claimsParameter: { enabled: false },
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      introspection: { enabled: false },
      pushedAuthorizationRequests: { enabled: true },
      resourceIndicators: resourceIndicatorsOf(world, errors),
      revocation: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false },
    },
    findAccount: async (_ctx: KoaContextWithOIDC, id: string) => ({
      accountId: id,
      claims: async () => ({ sub: id }),
    }),
    loadExistingGrant: (ctx: KoaContextWithOIDC) => grantFor(world, ctx),
    pkce: {
      required: (_ctx, { clientAuthMethod, pkce }) => clientAuthMethod === 'none' || pkce !== 'optional',
    },
    extraClientMetadata: { properties: ['pkce'] },
    renderError: (ctx, out) => {
      visitOf(ctx.req).rejected = out.error_description ?? out.error
      ctx.body = ''
    },
    responseTypes: ['code'],
    routes: {
      authorization: '/oauth/authorize',
      token: '/oauth/token',
      pushed_authorization_request: '/oauth/par',
      jwks: '/oauth/unused/jwks',
    },
    scopes: [...userScopes],
    ttl: {
      AuthorizationCode: codeSeconds,
      Interaction: interactionSeconds,
      Session: settings.refreshLifetimeMs / 1000,
      Grant: settings.refreshLifetimeMs / 1000,
    },
  } as Configuration
}

/** RFC 8707: the APIs that the app may use, each by its audience. */
function resourceIndicatorsOf(world: World, errors: Library['errors']) {
  const apisOf = async (clientId: string) => (await appById(world.db.query, clientId))?.apis ?? []
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

/** Where a user signs in or agrees; both return to the request through the library. */
function interactionUrl(_ctx: unknown, { uid, prompt }: { uid: string; prompt: { name: string } }): string {
  const back = `/oauth/authorize/${uid}`
  if (prompt.name === 'consent') return `/consent/${uid}`
  return `/sign-in?${new URLSearchParams({ next: back, again: '1' })}`
}

/** The session of a browser is its page session, read for each request; the library stores none. */
function useOurSessions(provider: Provider): void {
  const { Session } = provider as unknown as { Session: SessionClass }
  Session.get = async (ctx) => {
    const { subject } = visitOf(ctx.req)
    const session = Session.instantiate(
      subject && {
        jti: subject.sessionId,
        uid: subject.sessionId,
        accountId: subject.user.id,
        loginTs: Math.floor(subject.authenticatedAt / 1000),
        acr: subject.level,
        amr: subject.amr,
      },
    )
    // The library then sets no cookie and saves nothing.
    Object.defineProperty(session, 'new', { value: true })
    Object.defineProperty(session, 'destroyed', { value: true })
    ctx.oidc.entity('Session', session)
    return session
  }
}

type SessionClass = {
  get(ctx: KoaContextWithOIDC): Promise<object>
  instantiate(payload: object | undefined): object
}

/** For `id_token_hint`: ID tokens are signed with the key ring. */
function useOurIdTokens(world: World, provider: Provider): void {
  const { IdToken } = provider as unknown as {
    IdToken: { validate(jwt: string, client: { clientId: string }): Promise<{ payload: object }> }
  }
  IdToken.validate = async (jwt, { clientId }) => {
    const payload = readIdToken(world, jwt)
    if (payload?.aud !== clientId) throw new Error('The hint is not an ID token of this app')
    return { payload }
  }
}

/** Secrets are stored as hashes, up to two for an app. */
function useOurSecrets(world: World, provider: Provider): void {
  const client = provider.Client.prototype as unknown as {
    compareClientSecret(this: { clientId: string }, actual: string): Promise<boolean>
  }
  client.compareClientSecret = function compare(actual) {
    return isSecretOf(world, this.clientId, actual)
  }
}
