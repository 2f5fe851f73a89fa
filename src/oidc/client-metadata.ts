import { type App, asksAlways, authMethodOf, mayUseDeviceFlow, mustDo } from '#src/apps/app.ts'
import { tokenExchange } from '#src/oidc/token-exchange-name.ts'

/** An app as OpenID Connect client metadata (Dynamic Client Registration section 2). */
export function clientMetadata(app: App) {
  const method = authMethodOf(app)
  return {
    client_id: app.clientId,
    client_name: app.name,
    application_type: app.kind === 'native' ? 'native' : 'web',
    redirect_uris: app.redirectUris,
    grant_types: grantTypesOf(app),
    response_types: app.redirectUris.length > 0 ? ['code'] : [],
    token_endpoint_auth_method: method,
    // Only its hash is stored. The provider needs a value but never compares it: see `provider.ts`.
    ...(method === 'client_secret_basic' && { client_secret: 'stored as a hash' }),
    ...(app.jwks && { jwks: app.jwks }),
    ...(app.jwksUri !== undefined && { jwks_uri: app.jwksUri }),
    require_pushed_authorization_requests: mustDo(app, 'pushed_request'),
    require_signed_request_object: mustDo(app, 'signed_request'),
    asks_always: asksAlways(app),
    requires: app.requires,
    pkce: app.isPkceOptional ? 'optional' : 'required',
    id_token_signed_response_alg: 'ES256',
  }
}

function grantTypesOf(app: App): string[] {
  if (app.kind === 'machine') return ['client_credentials', tokenExchange]
  return [
    ...(app.redirectUris.length > 0 ? ['authorization_code'] : []),
    ...(mayUseDeviceFlow(app) ? ['urn:ietf:params:oauth:grant-type:device_code'] : []),
    'refresh_token',
  ]
}
