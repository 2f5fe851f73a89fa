import { z } from 'zod'
import { openApis } from '#src/apps/apis.sql.ts'
import { subjectTypes, userScopes } from '#src/apps/app.ts'
import { asset, json } from '#src/http/answer.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { deviceGrantType } from '#src/oidc/device-grant.ts'
import { proofAlgs } from '#src/oidc/proof-algs.ts'
import { tokenExchange } from '#src/oidc/token-exchange-name.ts'
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
  authorization_endpoint: z.string(),
  token_endpoint: z.string(),
  userinfo_endpoint: z.string(),
  end_session_endpoint: z.string(),
  pushed_authorization_request_endpoint: z.string(),
  device_authorization_endpoint: z.string(),
  registration_endpoint: z.string(),
  jwks_uri: z.string(),
  introspection_endpoint: z.string(),
  introspection_endpoint_auth_methods_supported: z.array(z.string()),
  introspection_endpoint_auth_signing_alg_values_supported: z.array(z.string()),
  revocation_endpoint: z.string(),
  revocation_endpoint_auth_methods_supported: z.array(z.string()),
  revocation_endpoint_auth_signing_alg_values_supported: z.array(z.string()),
  token_endpoint_auth_methods_supported: z.array(z.string()),
  token_endpoint_auth_signing_alg_values_supported: z.array(z.string()),
  scopes_supported: z.array(z.string()),
  claims_supported: z.array(z.string()),
  acr_values_supported: z.array(z.string()),
  response_types_supported: z.array(z.string()),
  response_modes_supported: z.array(z.string()),
  prompt_values_supported: z.array(z.string()),
  grant_types_supported: z.array(z.string()),
  subject_types_supported: z.array(z.string()),
  id_token_signing_alg_values_supported: z.array(z.string()),
  code_challenge_methods_supported: z.array(z.string()),
  dpop_signing_alg_values_supported: z.array(z.string()),
  ui_locales_supported: z.array(z.string()),
  backchannel_logout_supported: z.boolean(),
  backchannel_logout_session_supported: z.boolean(),
  authorization_response_iss_parameter_supported: z.boolean(),
  claims_parameter_supported: z.boolean(),
  request_parameter_supported: z.boolean(),
  request_object_signing_alg_values_supported: z.array(z.string()),
  require_signed_request_object: z.boolean(),
  require_pushed_authorization_requests: z.boolean(),
  request_uri_parameter_supported: z.boolean(),
  client_id_metadata_document_supported: z.boolean(),
})

/** RFC 8414 section 2 and OpenID Connect Discovery section 3. Lists only what exists: clients rely on it. */
async function metadata({ settings: { publicUrl }, db }: World) {
  const methods = ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none']
  return {
    issuer: publicUrl,
    authorization_endpoint: `${publicUrl}/oauth/authorize`,
    token_endpoint: `${publicUrl}/oauth/token`,
    userinfo_endpoint: `${publicUrl}/oauth/userinfo`,
    end_session_endpoint: `${publicUrl}/oauth/logout`,
    pushed_authorization_request_endpoint: `${publicUrl}/oauth/par`,
    device_authorization_endpoint: `${publicUrl}/oauth/device_authorization`,
    registration_endpoint: `${publicUrl}/oauth/register`,
    jwks_uri: `${publicUrl}/.well-known/jwks.json`,
    introspection_endpoint: `${publicUrl}/oauth/introspect`,
    introspection_endpoint_auth_methods_supported: [...methods, 'Bearer'],
    introspection_endpoint_auth_signing_alg_values_supported: [...proofAlgs],
    revocation_endpoint: `${publicUrl}/oauth/revoke`,
    // RFC 8414 section 2 does not allow a token type for this endpoint.
    revocation_endpoint_auth_methods_supported: methods,
    revocation_endpoint_auth_signing_alg_values_supported: [...proofAlgs],
    token_endpoint_auth_methods_supported: methods,
    token_endpoint_auth_signing_alg_values_supported: [...proofAlgs],
    scopes_supported: [...userScopes],
    claims_supported: [
      ...['sub', 'iss', 'aud', 'exp', 'iat', 'auth_time', 'acr', 'amr', 'sid', 'nonce', 'at_hash'],
      ...['name', 'preferred_username', 'email', 'email_verified', 'roles'],
    ],
    acr_values_supported: ['aal1', 'aal2'],
    response_types_supported: ['code'],
    response_modes_supported: ['query', 'fragment', 'form_post'],
    prompt_values_supported: ['none', 'login', 'consent', 'select_account'],
    grant_types_supported: [
      ...['authorization_code', 'refresh_token', 'client_credentials'],
      ...[deviceGrantType, tokenExchange],
    ],
    subject_types_supported: [...subjectTypes],
    id_token_signing_alg_values_supported: ['RS256', 'ES256'],
    code_challenge_methods_supported: ['S256'],
    dpop_signing_alg_values_supported: [...proofAlgs],
    ui_locales_supported: ['en', 'ru'],
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
    authorization_response_iss_parameter_supported: true,
    claims_parameter_supported: true,
    request_parameter_supported: true,
    request_object_signing_alg_values_supported: [...proofAlgs],
    // An app can be registered with this as a requirement.
    require_signed_request_object: false,
    require_pushed_authorization_requests: false,
    request_uri_parameter_supported: false,
    // Such apps may only use open APIs, so registration is listed only if there is one.
    client_id_metadata_document_supported: (await openApis(db.query)).length > 0,
  }
}

export const authorizationServer = endpoint({
  summary: 'Returns the locations and capabilities of the OAuth endpoints.',
  responses: { 200: Metadata },
  errors: [],
  handle: async (world: World) => json(200, await metadata(world)),
})

export const openidConfiguration = endpoint({
  summary: 'Returns the same document at the URL of OpenID Connect Discovery.',
  responses: { 200: Metadata },
  errors: [],
  handle: async (world: World) => json(200, await metadata(world)),
})
