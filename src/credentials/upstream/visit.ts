import { createHmac } from 'node:crypto'
import { visitLifetimeMs } from '#src/credentials/upstream/identity.ts'
import { logFailure } from '#src/credentials/upstream/log-failure.ts'
import { type ProviderClient, providerClient } from '#src/credentials/upstream/provider-client.ts'
import { insertState } from '#src/credentials/upstream/upstream.sql.ts'
import { AppError } from '#src/errors/errors.ts'
import { randomId } from '#src/platform/random.ts'
import { hashOf } from '#src/sessions/handle.ts'
import type { Provider } from '#src/settings/providers.ts'
import { BrokenReference } from '#src/store/db.ts'
import type { World } from '#src/world/world.ts'

type Visit = {
  readonly provider: Provider
  /** Set to connect an identity to this user instead of signing in. */
  readonly userId: string | undefined
  readonly destination: string | undefined
}

/** `browserSecret` is for a cookie: only the browser that began the visit can end it. */
type Begun = { readonly url: string; readonly browserSecret: string }

/** Sends a visitor to an identity provider. Throws `provider_failed` where the provider cannot be reached. */
export async function beginVisit(world: World, { provider, userId, destination }: Visit): Promise<Begun> {
  const { random, clock, db } = world
  const client = await providerClient(world, provider).catch((error) => {
    logFailure(world, provider, error)
    throw new AppError('provider_failed')
  })
  // Long, and without dots: some providers reject any other state.
  const state = randomId(random) + randomId(random)
  const browserSecret = randomId(random)
  await insertState(db.query, {
    id: randomId(random),
    stateHash: hashOf(state),
    browserHash: hashOf(browserSecret),
    provider: provider.name,
    userId,
    destination,
    expiresAt: clock.now() + visitLifetimeMs,
  }).catch((error: unknown) => {
    throw error instanceof BrokenReference ? new AppError('not_signed_in') : error
  })
  return { url: await authorizationUrl(world, provider, client, { state, browserSecret }), browserSecret }
}

async function authorizationUrl(
  world: World,
  { name, scope, protocol, responseMode }: Provider,
  { library, config }: ProviderClient,
  bound: Bound,
): Promise<string> {
  return library.buildAuthorizationUrl(config, {
    redirect_uri: callbackUrl(world.settings, name),
    scope,
    state: bound.state,
    code_challenge: await library.calculatePKCECodeChallenge(derived(bound, 'code_verifier')),
    code_challenge_method: 'S256',
    ...(protocol.kind === 'oidc' ? { nonce: derived(bound, 'nonce') } : {}),
    ...(responseMode ? { response_mode: responseMode } : {}),
  }).href
}

export type Bound = { readonly state: string; readonly browserSecret: string }

/**
 * The PKCE verifier and the nonce of a visit. They are derived from a secret that only the browser has, so
 * the database stores neither, and a response for another browser does not match.
 */
export function derived({ state, browserSecret }: Bound, what: 'code_verifier' | 'nonce'): string {
  return createHmac('sha256', browserSecret).update(`${what}:${state}`).digest('base64url')
}

/** The callback URL, which must be registered at the provider. */
export function callbackUrl({ publicUrl }: { publicUrl: string }, provider: string): string {
  return `${publicUrl}/api/v1/auth/providers/${provider}/callback`
}

export function findProvider({ settings }: World, name: string): Provider {
  const provider = settings.providers.find((one) => one.name === name)
  if (!provider) throw new AppError('not_found')
  return provider
}
