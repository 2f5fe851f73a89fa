import { type App, asksAlways, authMethodOf } from '#src/apps/app.ts'

/** An app in the words of OpenID Connect Dynamic Client Registration section 2. */
export function clientMetadata(app: App) {
  const isMachine = app.kind === 'machine'
  const method = authMethodOf(app)
  return {
    client_id: app.clientId,
    client_name: app.name,
    application_type: app.kind === 'native' ? 'native' : 'web',
    redirect_uris: app.redirectUris,
    grant_types: isMachine ? ['client_credentials'] : ['authorization_code', 'refresh_token'],
    response_types: isMachine ? [] : ['code'],
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
