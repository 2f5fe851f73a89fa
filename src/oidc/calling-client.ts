import { type App, authMethodOf, isConfidential } from '#src/apps/app.ts'
import type { AppTokenClaims } from '#src/apps/app-token.ts'
import { isSecretIn } from '#src/apps/client-secret.ts'
import { findKnownApp } from '#src/apps/find-app.ts'
import { AppError } from '#src/errors/errors.ts'
import type { Call } from '#src/http/call.ts'
import { byAddress } from '#src/limits/by-address.ts'
import { type Assertion, appByAssertion, claimedClient } from '#src/oidc/client-assertion.ts'
import { verifierOf } from '#src/revocations/verifier-keys.ts'
import { clientIn } from '#src/tokens/presented.ts'
import type { World } from '#src/world/world.ts'

export type CallingClient =
  /** A resource server; with an audience, for one API. */
  | { readonly kind: 'verifier'; readonly name: string; readonly audience: string | undefined }
  | { readonly kind: 'app'; readonly app: App }

/** An app may introspect tokens issued to it, and a verifier of an API tokens for that API. */
export function mayAskAbout(client: CallingClient, { aud, client_id }: AppTokenClaims): boolean {
  return client.kind === 'app' ? client.app.clientId === client_id : client.audience === aud
}

type Form = Assertion & {
  readonly client_id?: string | undefined
  readonly client_secret?: string | undefined
}

/**
 * Who calls introspection or revocation: a verifier key by Bearer or Basic, or an app with its credentials. A
 * public app sends its client id, which is enough to revoke its own token. Throws `invalid_client`.
 */
export async function callingClient(world: World, call: Call, form: Form): Promise<CallingClient> {
  const header = call.header('authorization') ?? ''
  const presented = clientIn(header)
  await countDocuments(world, call, [presented?.name, form.client_id, claimedClient(form)])
  if (header === '' && form.client_secret === undefined && form.client_assertion !== undefined) {
    const app = await appByAssertion(world, { form, clientId: form.client_id, path: call.path })
    return { kind: 'app', app }
  }
  const verifier = presented && (await verifierOf(world, presented.key))
  if (verifier) {
    if (presented.name === undefined || presented.name === verifier.name) {
      return { kind: 'verifier', name: verifier.name, audience: verifier.audience }
    }
    throw new AppError('invalid_client')
  }
  const app = await callingApp(world, { header, presented, form })
  if (!app) throw new AppError('invalid_client')
  return { kind: 'app', app }
}

const documentLimit = byAddress('token')

/** Reading the document of an app is a call to another host, so unauthenticated callers are limited. */
async function countDocuments(
  world: World,
  call: Call,
  clientIds: readonly (string | undefined)[],
): Promise<void> {
  if (!clientIds.some((id) => id?.startsWith('http'))) return
  const { error } = await documentLimit.count(world, call)
  if (error) throw error
}

type Presented = {
  readonly header: string
  readonly presented: ReturnType<typeof clientIn>
  readonly form: Form
}

async function callingApp(world: World, { header, presented, form }: Presented): Promise<App | undefined> {
  const inForm = header === '' ? { name: form.client_id, key: form.client_secret } : undefined
  const { name, key } = inForm ?? presented ?? { name: undefined, key: undefined }
  const found = name === undefined ? undefined : await findKnownApp(world, name)
  if (!found) return undefined
  const { app, secretHashes } = found
  if (!isConfidential(app)) return key === undefined || key === '' ? app : undefined
  if (authMethodOf(app) !== 'client_secret_basic') return undefined
  return key !== undefined && isSecretIn(secretHashes, key) ? app : undefined
}
