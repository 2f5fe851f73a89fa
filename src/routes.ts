import { anyone, onPage, visitor, watcher } from '#src/guards.ts'
import type { Route } from '#src/http/mount.ts'
import { authorizationServer, jwks, openidConfiguration } from '#src/oidc/discovery.ts'
import * as oauth from '#src/oidc/http.ts'
import * as oidc from '#src/oidc/provider-http.ts'
import { registerClient } from '#src/oidc/register-http.ts'
import { userinfo, userinfoByForm } from '#src/oidc/userinfo.ts'
import { healthz, readyz } from '#src/operations/health.ts'
import { showMetrics } from '#src/operations/metrics.ts'
import { passkeyEndpoints, relatedOrigins } from '#src/operations/passkey-discovery.ts'
import { securityTxt } from '#src/operations/security-txt.ts'
import { showVersion } from '#src/operations/version.ts'
import * as account from '#src/pages/account/http.ts'
import { assetFile } from '#src/pages/assets-http.ts'
import * as authorize from '#src/pages/consent/authorize-http.ts'
import * as device from '#src/pages/consent/device-http.ts'
import * as consent from '#src/pages/consent/http.ts'
import * as logout from '#src/pages/consent/logout-http.ts'
import { showDevMail } from '#src/pages/dev-mail.ts'
import { errorReferenceList, errorReferencePage } from '#src/pages/error-reference.ts'
import * as guessed from '#src/pages/guessed.ts'
import { describeApi, showDocs, showLlmsTxt, tryOut } from '#src/reference/http.ts'
import { apiRoutes } from '#src/routes/api-routes.ts'
import { consoleRoutes } from '#src/routes/console-routes.ts'
import { api, oauthCall, oauthJsonCall, page } from '#src/routes/define.ts'
import { hostRoutes } from '#src/routes/host-routes.ts'
import { pageRoutes } from '#src/routes/page-routes.ts'
import * as tokens from '#src/tokens/http.ts'
import type { World } from '#src/world/world.ts'

/** Apps post requests from their own pages. */
const fromApps = { sameSiteOnly: false, fromAnySite: true }

/** Every URL, with its guard and its endpoint. The server serves nothing else. */
export const routes: readonly Route<World>[] = [
  ...apiRoutes,
  ...pageRoutes,
  page('GET', '/dev/mail', anyone, showDevMail),
  ...consoleRoutes,
  page('GET', '/login', anyone, guessed.leadToSignIn),
  page('GET', '/signin', anyone, guessed.leadToSignIn),
  page('GET', '/register', anyone, guessed.leadToSignUp),
  page('GET', '/signup', anyone, guessed.leadToSignUp),
  page('GET', '/logout', anyone, guessed.leadToSignOut),
  page('GET', '/signout', anyone, guessed.leadToSignOut),
  page('GET', '/settings', anyone, guessed.leadToAccount),
  page('GET', '/console', anyone, guessed.leadToConsole),
  page('GET', '/dashboard', anyone, guessed.leadToConsole),
  page('GET', '/swagger', anyone, guessed.leadToReference),
  page('GET', '/favicon.ico', anyone, guessed.favicon),
  page('GET', '/robots.txt', anyone, guessed.robots),
  page('GET', '/assets/:file', anyone, assetFile),
  page(
    'GET',
    '/docs',
    visitor,
    showDocs(() => routes),
  ),
  page(
    'GET',
    '/docs/try/:id',
    visitor,
    tryOut(() => routes),
  ),
  page('GET', '/docs/errors', visitor, errorReferenceList),
  page('GET', '/docs/errors/:code', visitor, errorReferencePage),
  api('ALL', '/ext_authz', anyone, tokens.verifyForEnvoyAtRoot),
  api('ALL', '/ext_authz/*', anyone, tokens.verifyForEnvoy),
  page('GET', '/oauth/authorize', visitor, authorize.authorize),
  { ...page('POST', '/oauth/authorize', visitor, authorize.authorizeByForm), ...fromApps },
  page('GET', '/oauth/authorize/:uid', visitor, authorize.resumeAuthorization),
  page('GET', '/oauth/account/:uid', onPage, authorize.showAccountChoice),
  page('POST', '/oauth/account/:uid', onPage, authorize.sendAccountChoice),
  ...hostRoutes,
  page('GET', '/consent/:uid', onPage, consent.showConsent),
  page('POST', '/consent/:uid', onPage, consent.sendConsent),
  page('GET', '/device', onPage, device.showDevice),
  page('POST', '/device', onPage, device.sendDevice),
  { ...oauthCall('/oauth/device_authorization', oidc.authorizeDevice), cors: 'apps' },
  page('GET', '/oauth/logout', visitor, logout.showLogout),
  { ...page('POST', '/oauth/logout', visitor, logout.logoutByForm), ...fromApps },
  page('POST', '/oauth/logout/confirm', visitor, logout.sendLogout),
  { ...oauthCall('/oauth/token', oidc.issueTokens), cors: 'apps' },
  { ...oauthCall('/oauth/par', oidc.pushRequest), cors: 'apps' },
  oauthJsonCall('/oauth/register', registerClient),
  oauthCall('/oauth/introspect', oauth.introspectToken),
  { ...oauthCall('/oauth/revoke', oauth.revokeOneToken), cors: 'apps' },
  { ...api('GET', '/oauth/userinfo', anyone, userinfo), surface: 'oauth', cors: 'apps' },
  oauthCall('/oauth/userinfo', userinfoByForm),
  api(
    'GET',
    '/openapi.json',
    anyone,
    describeApi(() => routes),
  ),
  api(
    'GET',
    '/llms.txt',
    anyone,
    showLlmsTxt(() => routes),
  ),
  { ...api('GET', '/.well-known/jwks.json', anyone, jwks), cors: 'everyone' },
  { ...api('GET', '/.well-known/oauth-authorization-server', anyone, authorizationServer), cors: 'everyone' },
  { ...api('GET', '/.well-known/openid-configuration', anyone, openidConfiguration), cors: 'everyone' },
  api('GET', '/.well-known/change-password', anyone, account.leadToPassword),
  api('GET', '/.well-known/webauthn', anyone, relatedOrigins),
  api('GET', '/.well-known/passkey-endpoints', anyone, passkeyEndpoints),
  api('GET', '/.well-known/security.txt', anyone, securityTxt),
  api('GET', '/healthz', anyone, healthz),
  api('GET', '/version', anyone, showVersion),
  api('GET', '/readyz', anyone, readyz),
  api('GET', '/api/v1/healthcheck', anyone, readyz),
  api('GET', '/metrics', watcher, showMetrics),
]
