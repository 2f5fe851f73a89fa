import type { Arrival } from '#src/credentials/upstream/identity.ts'
import { logFailure } from '#src/credentials/upstream/log-failure.ts'
import { type ProviderClient, providerClient } from '#src/credentials/upstream/provider-client.ts'
import { arrivalOf, type Claims } from '#src/credentials/upstream/read-claims.ts'
import { takeState } from '#src/credentials/upstream/upstream.sql.ts'
import { type Bound, callbackUrl, derived } from '#src/credentials/upstream/visit.ts'
import { AppError } from '#src/errors/errors.ts'
import { callOutside, OutgoingFailed, outgoingPolicy } from '#src/http/outgoing.ts'
import { hashOf } from '#src/sessions/handle.ts'
import type { Provider } from '#src/settings/providers.ts'
import type { World } from '#src/world/world.ts'

type Returning = {
  readonly provider: Provider
  /** The query of the callback. */
  readonly parameters: URLSearchParams
  /** The cookie of the browser. */
  readonly browserSecret: string | undefined
}

export type Returned = {
  readonly arrival: Arrival
  readonly userId: string | undefined
  readonly destination: string | undefined
}

/**
 * Handles the return of a visitor from a provider. The state is consumed before anything else, so that a
 * response counts once. Throws `provider_expired`, `provider_denied` or `provider_failed`.
 */
export async function proveArrival(
  world: World,
  { provider, parameters, browserSecret }: Returning,
): Promise<Returned> {
  const state = parameters.get('state')
  if (state === null || browserSecret === undefined) throw new AppError('provider_expired')
  const taken = await takeState(
    world.db.query,
    { stateHash: hashOf(state), browserHash: hashOf(browserSecret), provider: provider.name },
    world.clock.now(),
  )
  if (!taken) throw new AppError('provider_expired')
  if (parameters.get('error') === 'access_denied') throw new AppError('provider_denied')
  try {
    const claims = await claimsOf(world, { provider, parameters, bound: { state, browserSecret } })
    const arrival = arrivalOf(provider, claims)
    return { arrival, userId: taken.userId, destination: taken.destination }
  } catch (error) {
    logFailure(world, provider, error)
    throw new AppError('provider_failed')
  }
}

type Exchange = {
  readonly provider: Provider
  readonly parameters: URLSearchParams
  readonly bound: Bound
}

async function claimsOf(world: World, exchange: Exchange): Promise<Claims> {
  const { provider, parameters, bound } = exchange
  const { protocol, name } = provider
  const client = await providerClient(world, provider)
  const { library, config } = client
  const url = new URL(`${callbackUrl(world.settings, name)}?${parameters}`)
  const repeated = protocol.kind === 'oauth' ? (protocol.repeatedParameters ?? []) : []
  const isOidc = protocol.kind === 'oidc'
  const tokens = await library.authorizationCodeGrant(
    config,
    url,
    {
      expectedState: bound.state,
      pkceCodeVerifier: derived(bound, 'code_verifier'),
      ...(isOidc ? { expectedNonce: derived(bound, 'nonce'), idTokenExpected: true } : {}),
    },
    Object.fromEntries(repeated.map((key) => [key, parameters.get(key) ?? ''])),
  )
  if (!isOidc) return oauthClaims(world, provider, tokens.access_token)
  const claims = tokens.claims()
  if (!claims) throw new Error('The answer has no ID token')
  return {
    issuer: claims.iss,
    values: { ...(await userinfo(client, tokens.access_token, claims)), ...claims },
  }
}

/** Some providers return the email and the name only there. Claims in the ID token take precedence. */
async function userinfo(
  { library, config }: ProviderClient,
  accessToken: string,
  claims: { sub: string; email?: unknown },
): Promise<object> {
  if (claims.email !== undefined || !config.serverMetadata().userinfo_endpoint) return {}
  return library.fetchUserInfo(config, accessToken, claims.sub)
}

async function oauthClaims(world: World, { protocol, clientId }: Provider, token: string): Promise<Claims> {
  if (protocol.kind !== 'oauth') throw new Error('Not a provider of plain OAuth')
  const { issuer, userinfoEndpoint, userinfoBy, userinfoInside, emailsEndpoint } = protocol
  const authorization = { authorization: `${userinfoBy} ${token}`, accept: 'application/json' }
  const form = new URLSearchParams({ access_token: token, client_id: clientId })
  const type = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' }
  const call =
    userinfoBy === 'form' ? { method: 'POST', headers: type, body: form } : { headers: authorization }
  const answer = objectIn(await fetchJson(world, userinfoEndpoint, call))
  const values = userinfoInside === undefined ? answer : objectIn(answer[userinfoInside])
  if (emailsEndpoint === undefined) return { issuer, values }
  const emails = await fetchJson(world, emailsEndpoint, { headers: authorization })
  return { issuer, values: { ...values, ...primaryOf(emails) } }
}

async function fetchJson(
  { settings }: World,
  url: string,
  call: Parameters<typeof callOutside>[2],
): Promise<unknown> {
  const response = await callOutside(outgoingPolicy(settings), url, call)
  if (response.status !== 200) throw new OutgoingFailed(`${new URL(url).origin}: status ${response.status}`)
  return response.json()
}

/** GitHub: the email that the user marked as primary. */
function primaryOf(emails: unknown): object {
  const list = Array.isArray(emails) ? emails.map(objectIn) : []
  const primary = list.find((one) => one.primary === true)
  return primary ? { email: primary.email, email_verified: primary.verified } : { email: undefined }
}

function objectIn(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('The answer is not an object')
  return value as Record<string, unknown>
}
