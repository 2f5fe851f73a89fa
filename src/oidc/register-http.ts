import { z } from 'zod'
import { type App, authMethodOf } from '#src/apps/app.ts'
import { ClientMetadata } from '#src/apps/client-document.ts'
import { registerApp } from '#src/apps/register-app.ts'
import { byCallerOf } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { json } from '#src/http/answer.ts'
import { bearerIn } from '#src/http/authorization.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { byAddress } from '#src/limits/by-address.ts'
import type { World } from '#src/world/world.ts'

const Registered = z.object({
  client_id: z.string(),
  client_id_issued_at: z.int(),
  client_secret: z.string().optional().describe('Shown only once'),
  client_secret_expires_at: z.int().optional().describe('0: it does not expire'),
  client_name: z.string(),
  redirect_uris: z.array(z.string()),
  post_logout_redirect_uris: z.array(z.string()),
  token_endpoint_auth_method: z.string(),
  grant_types: z.array(z.string()),
  response_types: z.array(z.string()),
  client_uri: z.string().optional(),
  tos_uri: z.string().optional(),
  policy_uri: z.string().optional(),
})

export const registerClient = endpoint({
  summary: 'Registers a client at its own request (RFC 7591), with an initial access token as Bearer.',
  body: z.record(z.string(), z.unknown()),
  responses: { 201: Registered },
  errors: [
    ...(['invalid_registration_token', 'invalid_client_metadata', 'invalid_redirect_uri'] as const),
    'too_many_requests',
  ],
  limit: byAddress('register'),
  handle: async (world: World, call) => {
    const parsed = ClientMetadata.safeParse(call.body)
    if (!parsed.success) throw new AppError('invalid_client_metadata')
    const metadata = parsed.data
    const token = bearerIn(call.header('authorization') ?? '')
    const { app, secret } = await registerApp(world, { token, metadata, by: byCallerOf(call) })
    return json(201, registered(app, secret, metadata))
  },
})

/** RFC 7591 section 3.2.1: the registered metadata, which can be less than requested. */
function registered(app: App, secret: string | undefined, { token_endpoint_auth_method }: ClientMetadata) {
  const isPost = token_endpoint_auth_method === 'client_secret_post'
  const method = authMethodOf(app)
  return {
    client_id: app.clientId,
    client_id_issued_at: Math.floor(app.createdAt / 1000),
    ...(secret !== undefined && { client_secret: secret, client_secret_expires_at: 0 }),
    client_name: app.name,
    redirect_uris: app.redirectUris,
    post_logout_redirect_uris: app.postLogoutUris,
    token_endpoint_auth_method: isPost && secret !== undefined ? 'client_secret_post' : method,
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    ...(app.clientUri !== undefined && { client_uri: app.clientUri }),
    ...(app.termsUri !== undefined && { tos_uri: app.termsUri }),
    ...(app.privacyUri !== undefined && { policy_uri: app.privacyUri }),
  }
}
