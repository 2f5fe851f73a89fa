import type { KoaContextWithOIDC } from 'oidc-provider'
import type { App } from '#src/apps/app.ts'
import { findKnownApp } from '#src/apps/find-app.ts'
import { AppError } from '#src/errors/errors.ts'
import { oidcProvider } from '#src/oidc/provider.ts'
import type { World } from '#src/world/world.ts'

/** RFC 7523 section 2.2. */
const jwtBearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

export type Assertion = {
  readonly client_assertion?: string | undefined
  readonly client_assertion_type?: string | undefined
}

/** The client that an assertion claims to come from; nothing is verified yet. */
export function claimedClient({ client_assertion: assertion = '' }: Assertion): string | undefined {
  const [, payload = ''] = assertion.split('.')
  try {
    const { sub } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    return typeof sub === 'string' ? sub : undefined
  } catch {
    return undefined
  }
}

/**
 * Authenticates an app with a client assertion at one of our endpoints, with the same checks as the library's
 * token endpoint. Throws `invalid_client`.
 */
export async function appByAssertion(
  world: World,
  { form, clientId, path }: { form: Assertion; clientId: string | undefined; path: string },
): Promise<App> {
  const id = claimedClient(form)
  const app = id === undefined ? undefined : (await findKnownApp(world, id))?.app
  const isConsistent = clientId === undefined || clientId === id
  if (!app || !isConsistent || form.client_assertion_type !== jwtBearer) throw new AppError('invalid_client')
  const { provider } = await oidcProvider(world)()
  const { default: check } = (await import(checkFile)) as { default: Check }
  const { publicUrl } = world.settings
  // The library also rejects clients whose metadata it cannot use.
  const client = await provider.Client.find(app.clientId).catch(rejectAsClient)
  if (client?.tokenEndpointAuthMethod !== 'private_key_jwt') throw new AppError('invalid_client')
  const params = { client_assertion: form.client_assertion }
  const audiences = new Set([publicUrl, `${publicUrl}/oauth/token`, publicUrl + path])
  const oidc = { provider, client, params, clientJwtAuthExpectedAudience: () => audiences }
  const keys = (client as unknown as { asymmetricKeyStore: unknown }).asymmetricKeyStore
  await check({ oidc }, keys, (alg) => !alg.startsWith('HS')).catch(rejectAsClient)
  return app
}

function rejectAsClient(error: unknown): never {
  throw isRefusal(error) ? new AppError('invalid_client') : error
}

/** A part of the library without a public export: the check of an assertion, separate from its endpoint. */
const checkFile = 'oidc-provider/lib/shared/jwt_client_auth.js'

type Check = (
  ctx: { oidc: Partial<Omit<KoaContextWithOIDC['oidc'], 'params'>> & { params: object } },
  keys: unknown,
  isAllowed: (alg: string) => boolean,
) => Promise<void>

function isRefusal(error: unknown): boolean {
  const { statusCode } = error as { statusCode?: number }
  return statusCode !== undefined && statusCode < 500
}
