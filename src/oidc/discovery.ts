import { z } from 'zod'
import { asset, json } from '#src/http/answer.ts'
import { endpoint } from '#src/http/endpoint.ts'
import type { World } from '#src/world/world.ts'

/** RFC 7517 section 5. May be cached for 5 minutes: a new key is published for longer before it signs. */
export const jwks = endpoint({
  summary: 'Returns the public keys that verify access tokens.',
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

/** RFC 8414 section 2. Lists only what exists, because clients rely on it. */
export const authorizationServer = endpoint({
  summary: 'Returns the locations and capabilities of the OAuth endpoints.',
  responses: { 200: Metadata },
  errors: [],
  handle: ({ settings: { publicUrl } }: World) =>
    json(200, {
      issuer: publicUrl,
      jwks_uri: `${publicUrl}/.well-known/jwks.json`,
      introspection_endpoint: `${publicUrl}/oauth/introspect`,
      introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'Bearer'],
      revocation_endpoint: `${publicUrl}/oauth/revoke`,
      // For this one RFC 8414 section 2 does not allow a token type.
      revocation_endpoint_auth_methods_supported: ['client_secret_basic'],
      // There is no authorization endpoint: users sign in on the pages and through the API. This member is
      // required, so it is the only list that may be empty (section 3.2).
      response_types_supported: [],
    }),
})
