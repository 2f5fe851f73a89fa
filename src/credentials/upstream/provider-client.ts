import { sign } from 'node:crypto'
import type * as client from 'openid-client'
import { callOutside, outgoingPolicy } from '#src/http/outgoing.ts'
import { jsonIn } from '#src/platform/json.ts'
import type { Provider } from '#src/settings/providers.ts'
import { perWorld, type World } from '#src/world/world.ts'

export type Library = typeof client

/** A provider as the library knows it: its endpoints, and how this server authenticates there. */
export type ProviderClient = { readonly library: Library; readonly config: client.Configuration }

type Held = { readonly client: Promise<ProviderClient>; readonly until: number }

const clients = perWorld(() => new Map<string, Held>())

/** How long the endpoints of a provider are cached. An unknown key is fetched immediately. */
const rememberedMs = 60 * 60 * 1000

/** The library is loaded and the endpoints are read at the first use. A failure is not cached. */
export async function providerClient(world: World, provider: Provider): Promise<ProviderClient> {
  const held = clients(world)
  const now = world.clock.monotonic()
  const known = held.get(provider.name)
  if (known && known.until > now) return known.client
  const opening = open(world, provider)
  held.set(provider.name, { client: opening, until: now + rememberedMs })
  try {
    return await opening
  } catch (error) {
    if (held.get(provider.name)?.client === opening) held.delete(provider.name)
    throw error
  }
}

async function open(world: World, provider: Provider): Promise<ProviderClient> {
  const library = await import('openid-client')
  const { protocol, clientId } = provider
  const auth = authenticationOf(library, world, provider)
  const fetch = fetchFor(world, provider)
  const execute = mayUseHttp(world) ? [library.allowInsecureRequests] : []
  if (protocol.kind === 'oidc') {
    const options = { [library.customFetch]: fetch, execute }
    const config = await library.discovery(new URL(protocol.issuer), clientId, undefined, auth, options)
    // Without this, the library does not check the signature of tokens received directly from the provider.
    library.enableNonRepudiationChecks(config)
    return { library, config }
  }
  const server = {
    issuer: protocol.issuer,
    authorization_endpoint: protocol.authorizationEndpoint,
    token_endpoint: protocol.tokenEndpoint,
    userinfo_endpoint: protocol.userinfoEndpoint,
  }
  const config = new library.Configuration(server, clientId, undefined, auth)
  config[library.customFetch] = fetch
  for (const apply of execute) apply(config)
  return { library, config }
}

/** The library uses the same outgoing calls as everything else. */
function fetchFor({ settings }: World, { protocol }: Provider): client.CustomFetch {
  const policy = outgoingPolicy(settings)
  return async (url, options) => {
    const response = await callOutside(policy, url, options)
    return protocol.kind === 'oauth' ? withoutIdToken(response) : response
  }
}

/** A provider of plain OAuth may add a nonstandard ID token, which is ignored. */
async function withoutIdToken(response: Response): Promise<Response> {
  const text = await response.text()
  const body = jsonIn(text)
  const isObject = typeof body === 'object' && body !== null && 'id_token' in body
  const kept = isObject ? JSON.stringify({ ...body, id_token: undefined }) : text
  return new Response(kept === '' ? null : kept, { status: response.status, headers: response.headers })
}

function mayUseHttp({ settings }: World): boolean {
  return outgoingPolicy(settings).allowsLoopback
}

function authenticationOf(library: Library, { clock }: World, provider: Provider): client.ClientAuth {
  const { clientSecret, clientId, authMethod } = provider
  if (clientSecret.kind === 'none') return library.None()
  if (clientSecret.kind === 'text') {
    const isBasic = authMethod === 'client_secret_basic'
    return isBasic
      ? library.ClientSecretBasic(clientSecret.text)
      : library.ClientSecretPost(clientSecret.text)
  }
  return (_server, _client, body) => {
    body.set('client_id', clientId)
    body.set('client_secret', appleSecret(clientSecret, { clientId, now: clock.now() }))
  }
}

/** A short-lived JWT instead of a secret, as specified by Apple. */
function appleSecret(
  key: { teamId: string; keyId: string; privateKey: string },
  { clientId, now }: { clientId: string; now: number },
): string {
  const iat = Math.floor(now / 1000)
  const head = encoded({ alg: 'ES256', kid: key.keyId })
  const aud = 'https://appleid.apple.com'
  const claims = encoded({ iss: key.teamId, iat, exp: iat + 300, aud, sub: clientId })
  const signed = sign('sha256', Buffer.from(`${head}.${claims}`), {
    key: key.privateKey,
    dsaEncoding: 'ieee-p1363',
  })
  return `${head}.${claims}.${signed.toString('base64url')}`
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
