import { type App, asksAlways, authMethodOf, mayUseDeviceFlow } from '#src/apps/app.ts'

/** An app in the words of OpenID Connect Dynamic Client Registration section 2. */
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
    // Only its hash is stored. The provider needs a value, which is never compared: see `provider.ts`.
    ...(method === 'client_secret_basic' && { client_secret: 'stored as a hash' }),
    ...(app.jwks && { jwks: app.jwks }),
    ...(app.jwksUri !== undefined && { jwks_uri: app.jwksUri }),
    asks_always: asksAlways(app),
    pkce: app.isPkceOptional ? 'optional' : 'required',
    id_token_signed_response_alg: 'ES256',
  }
}

function grantTypesOf(app: App): string[] {
  if (app.kind === 'machine') return ['client_credentials']
  return [
    ...(app.redirectUris.length > 0 ? ['authorization_code'] : []),
    ...(mayUseDeviceFlow(app) ? ['urn:ietf:params:oauth:grant-type:device_code'] : []),
    'refresh_token',
  ]
}
