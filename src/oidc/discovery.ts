import { z } from 'zod'
import { asset, json } from '#src/http/answer.ts'
import { endpoint } from '#src/http/endpoint.ts'
import type { World } from '#src/world/world.ts'

/** RFC 7517 section 5. Kept for 5 minutes: a new key is published longer than that before it signs. */
export const jwks = endpoint({
  summary: 'The public keys that access tokens are checked with.',
  responses: { 200: z.object({ keys: z.array(z.record(z.string(), z.string())) }) },
  errors: [],
  mediaType: 'application/jwk-set+json',
  handle: ({ keys }: World) =>
    asset('application/jwk-set+json', JSON.stringify(keys.jwks()), {
      'cache-control': 'public, max-age=300',
    }),
})

const Metadata = z.object({
  issuer: z.string(),
  jwks_uri: z.string(),
  introspection_endpoint: z.string(),
  introspection_endpoint_auth_methods_supported: z.array(z.string()),
  revocation_endpoint: z.string(),
  revocation_endpoint_auth_methods_supported: z.array(z.string()),
  response_types_supported: z.array(z.string()),
})

/** RFC 8414 section 2. Says what is there and no more: a client that reads a promise here relies on it. */
export const authorizationServer = endpoint({
  summary: 'Where the OAuth endpoints of this server are, and what they can do.',
  responses: { 200: Metadata },
  errors: [],
  handle: ({ settings: { publicUrl } }: World) =>
    json(200, {
      issuer: publicUrl,
      jwks_uri: `${publicUrl}/.well-known/jwks.json`,
      introspection_endpoint: `${publicUrl}/oauth/introspect`,
      introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'Bearer'],
      revocation_endpoint: `${publicUrl}/oauth/revoke`,
      // RFC 8414 section 2 has a token type there as well, but none here.
      revocation_endpoint_auth_methods_supported: ['client_secret_basic'],
      // Users sign in on the pages and through the API: there is no authorization endpoint to send them to.
      // This is required, and so the one list that may be empty: section 3.2 has all others left out.
      response_types_supported: [],
    }),
})
