import { generateKeyPairSync } from 'node:crypto'
import type { Configuration, KoaContextWithOIDC } from 'oidc-provider'
import type { AppWithSecrets } from '#src/apps/apps.sql.ts'
import { isSecretIn } from '#src/apps/client-secret.ts'
import { findAppWithSecrets } from '#src/apps/find-app.ts'
import type { NodeHandler } from '#src/http/through-node.ts'
import { configurationOf } from '#src/oidc/configuration.ts'
import { deviceGrantType, exchangeDeviceCode } from '#src/oidc/device-grant.ts'
import { grantTypes, parametersOf } from '#src/oidc/grant-types.ts'
import { readIdToken } from '#src/oidc/id-token.ts'
import type { Library } from '#src/oidc/library.ts'
import { interactionUrl, promptPolicy } from '#src/oidc/prompts.ts'
import { useOnce } from '#src/oidc/use-once.ts'
import { visitOf } from '#src/oidc/visit.ts'
import { perWorld, type World } from '#src/world/world.ts'

type Provider = Library['provider']

type OidcProvider = { readonly provider: Provider; readonly handle: NodeHandler }

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

async function load(world: World): Promise<OidcProvider> {
  const { Provider, errors, interactionPolicy } = await import('oidc-provider')
  // The library needs a key to start with and never signs: ID tokens are signed with the key ring.
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = privateKey.export({ format: 'jwk' })
  const calling = callingIn(Provider)
  const configuration = {
    ...configurationOf(world, errors, calling),
    jwks: { keys: [{ ...jwk, use: 'sig', alg: 'ES256' }] },
    interactions: { policy: promptPolicy(world, interactionPolicy, errors), url: interactionUrl },
  } as Configuration
  const provider = new Provider(world.settings.publicUrl, configuration)
  useOurSessions(provider)
  useOurSecrets(world, provider, calling)
  useOurIdTokens(world, provider)
  useOurReplayDetection(world, provider)
  for (const [name, handle] of Object.entries({ ...grantTypes, [deviceGrantType]: exchangeDeviceCode })) {
    const parameters = parametersOf[name as keyof typeof grantTypes] ?? ['device_code', 'resource']
    provider.registerGrantType(name, (ctx) => handle(world, { provider, errors }, ctx), parameters)
  }
  provider.on('server_error', (ctx, error) => {
    visitOf(ctx.req).failure = error
  })
  keepFormPosts(provider)
  return { provider, handle: provider.callback() }
}

/** Our own page posts a response to an app: the library's page runs an inline script. */
function keepFormPosts(provider: Provider): void {
  const keep = (ctx: KoaContextWithOIDC, fields: Record<string, unknown>) => {
    const { response_mode, redirect_uri, state } = ctx.oidc.params ?? {}
    if (response_mode !== 'form_post') return
    const present = Object.entries({ ...fields, state, iss: provider.issuer })
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, String(value)])
    visitOf(ctx.req).formPost = { action: String(redirect_uri), fields: Object.fromEntries(present) }
  }
  provider.on('authorization.success', (ctx, out) => keep(ctx, out ?? {}))
  provider.on('authorization.error', (ctx, { error, error_description }) =>
    keep(ctx, { error, error_description }),
  )
}

/** Browsers have page sessions, read for each request; the library stores none. */
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

/** The library reads before it writes; this is one conditional insert. */
function useOurReplayDetection(world: World, provider: Provider): void {
  const { ReplayDetection } = provider as unknown as {
    ReplayDetection: { unique(of: string, jti: string, until: number): Promise<boolean> }
  }
  ReplayDetection.unique = (of, jti, until) => useOnce(world, { of, jti, until })
}

/** The app of the current request, read once: the library looks it up again without the request. */
function callingIn(library: object): () => AppWithSecrets | undefined {
  const current = library as { readonly ctx: KoaContextWithOIDC | undefined }
  return () => {
    const { ctx } = current
    return ctx && visitOf(ctx.req).calling
  }
}

/** Secrets are stored as hashes, up to two for an app. */
function useOurSecrets(world: World, provider: Provider, calling: () => AppWithSecrets | undefined): void {
  const client = provider.Client.prototype as unknown as {
    compareClientSecret(this: { clientId: string }, actual: string): Promise<boolean>
  }
  client.compareClientSecret = async function compare(actual) {
    const known = calling()
    const isKnown = known?.app.clientId === this.clientId
    const found = isKnown ? known : await findAppWithSecrets(world, this.clientId)
    return found !== undefined && isSecretIn(found.secretHashes, actual)
  }
}
