import * as apps from '#src/administration/apps-http.ts'
import { listAllEvents } from '#src/administration/audit-http.ts'
import * as userFactors from '#src/administration/factors-http.ts'
import * as users from '#src/administration/http.ts'
import * as roles from '#src/administration/roles-http.ts'
import * as sessions from '#src/administration/sessions-http.ts'
import {
  anyone,
  holding,
  holdingRecently,
  onConsole,
  onPage,
  signedIn,
  verifierKey,
  visitor,
  watcher,
} from '#src/guards.ts'
import { changesSomething } from '#src/http/cross-site.ts'
import type { AnyEndpoint } from '#src/http/endpoint.ts'
import type { Guard, Method, Route } from '#src/http/mount.ts'
import { disconnectMyApp, listMyApps } from '#src/me/apps-http.ts'
import * as connections from '#src/me/connections-http.ts'
import * as email from '#src/me/email-http.ts'
import * as factors from '#src/me/factors-http.ts'
import * as me from '#src/me/http.ts'
import * as passkeys from '#src/me/passkeys-http.ts'
import { sendStepUpCodeCall, stepUpCall } from '#src/me/step-up-http.ts'
import { authorizationServer, jwks, openidConfiguration } from '#src/oidc/discovery.ts'
import * as oauth from '#src/oidc/http.ts'
import * as oidc from '#src/oidc/provider-http.ts'
import { userinfo } from '#src/oidc/userinfo.ts'
import { healthz, readyz } from '#src/operations/health.ts'
import { showMetrics } from '#src/operations/metrics.ts'
import { passkeyEndpoints, relatedOrigins } from '#src/operations/passkey-discovery.ts'
import { securityTxt } from '#src/operations/security-txt.ts'
import * as appPages from '#src/pages/account/apps-http.ts'
import * as connectionPages from '#src/pages/account/connections-http.ts'
import * as emailPages from '#src/pages/account/email-http.ts'
import * as accountForms from '#src/pages/account/forms-http.ts'
import * as account from '#src/pages/account/http.ts'
import * as passkeyPages from '#src/pages/account/passkeys-http.ts'
import * as confirmPages from '#src/pages/account/security/confirm-http.ts'
import * as security from '#src/pages/account/security/http.ts'
import * as sessionPages from '#src/pages/account/sessions-http.ts'
import { assetFile } from '#src/pages/assets.ts'
import { chooseLanguage } from '#src/pages/choose-language.ts'
import * as consent from '#src/pages/consent/http.ts'
import * as logout from '#src/pages/consent/logout-http.ts'
import * as consoleAudit from '#src/pages/console/audit-http.ts'
import * as consoleInstance from '#src/pages/console/instance-http.ts'
import * as consoleOverview from '#src/pages/console/overview-http.ts'
import * as consoleRoles from '#src/pages/console/roles-http.ts'
import * as consoleSetup from '#src/pages/console/setup-http.ts'
import * as userActions from '#src/pages/console/user-actions.ts'
import * as consoleUsers from '#src/pages/console/users-http.ts'
import { showDevMail } from '#src/pages/dev-mail.ts'
import { errorReferenceList, errorReferencePage } from '#src/pages/error-reference.ts'
import * as guessed from '#src/pages/guessed.ts'
import * as codePages from '#src/pages/mail/code-http.ts'
import * as forgotPages from '#src/pages/mail/forgot-http.ts'
import * as reportPages from '#src/pages/mail/report-http.ts'
import * as resetPages from '#src/pages/mail/reset-http.ts'
import * as verifyByMailPages from '#src/pages/mail/verify-by-mail-http.ts'
import * as verifyEmailPages from '#src/pages/mail/verify-email-http.ts'
import * as pages from '#src/pages/sign-in/http.ts'
import * as passkeySignInPage from '#src/pages/sign-in/passkey-http.ts'
import { showSignOut } from '#src/pages/sign-in/sign-out-page.ts'
import * as signUpPages from '#src/pages/sign-in/sign-up-http.ts'
import * as upstream from '#src/pages/sign-in/upstream-http.ts'
import * as verifyPages from '#src/pages/sign-in/verify-http.ts'
import { describeApi, showDocs, tryOut } from '#src/reference/http.ts'
import { pollCall } from '#src/revocations/http.ts'
import * as signIn from '#src/sign-in/http.ts'
import * as mail from '#src/sign-in/mail-http.ts'
import * as passkeySignIn from '#src/sign-in/passkey-http.ts'
import { listProviders } from '#src/sign-in/providers-http.ts'
import { awaitingPropagation } from '#src/tokens/await-propagation.ts'
import * as tokens from '#src/tokens/http.ts'
import type { World } from '#src/world/world.ts'

const admin = holding('admin')
/** What an administrator changes needs a recent proof: an open screen must not be enough. */
const changingAdmin = holdingRecently('admin')

/** Every URL, with its guard and its endpoint. The server serves nothing else. */
export const routes: readonly Route<World>[] = [
  ...under('/api/v1/auth', [
    opensSession('POST', '/signup', signIn.signUpCall),
    opensSession('POST', '/signin', signIn.signInCall),
    opensSession('POST', '/mfa', signIn.mfaCall),
    opensSession('POST', '/mfa/options', passkeySignIn.mfaOptionsCall),
    opensSession('POST', '/passkey/options', passkeySignIn.passkeyOptionsCall),
    opensSession('POST', '/passkey/signin', passkeySignIn.passkeySignInCall),
    opensSession('POST', '/mfa/enroll', signIn.enrollCall),
    opensSession('POST', '/mfa/code', mail.sendMfaCodeCall),
    opensSession('POST', '/code', mail.codeCall),
    opensSession('POST', '/code/signin', mail.codeSignInCall),
    opensSession('POST', '/forgot', mail.forgotCall),
    opensSession('POST', '/reset', mail.resetCall),
    opensSession('POST', '/verify_email', mail.verifyEmailCall),
    opensSession('POST', '/verify_email/send', mail.sendVerificationCall),
    api('GET', '/verify', anyone, tokens.verifyForProxy),
    api('POST', '/verify', anyone, tokens.verify),
    opensSession('POST', '/refresh', tokens.refreshPair),
    api('POST', '/logout', anyone, tokens.logOutHere),
    api('POST', '/logout_all', anyone, tokens.logOutAll),
    api('GET', '/providers', anyone, listProviders),
    page('GET', '/providers/:name/start', anyone, upstream.startAtProvider),
    page('GET', '/providers/:name/callback', visitor, upstream.returnFromProvider),
    // From the page of another site, without our cookies; it changes nothing.
    { ...page('POST', '/providers/:name/callback', anyone, upstream.returnByForm), sameSiteOnly: false },
  ]),
  ...under('/api/v1/me', [
    api('GET', '', signedIn, me.showMe),
    api('PATCH', '', signedIn, me.editMe),
    api('DELETE', '', signedIn, me.deleteMe),
    api('PUT', '/password', signedIn, me.changeMyPassword),
    api('POST', '/email', signedIn, email.changeMyEmail),
    api('POST', '/email/confirm', signedIn, email.confirmMyEmail),
    api('POST', '/step_up', signedIn, stepUpCall),
    api('POST', '/step_up/options', signedIn, passkeys.stepUpOptions),
    api('GET', '/passkeys', signedIn, passkeys.listMyPasskeys),
    api('POST', '/passkeys', signedIn, passkeys.addPasskey),
    api('POST', '/passkeys/options', signedIn, passkeys.passkeyCreationOptions),
    api('PATCH', '/passkeys/:id', signedIn, passkeys.renameMyPasskey),
    api('DELETE', '/passkeys/:id', signedIn, passkeys.removeMyPasskey),
    api('GET', '/factors', signedIn, factors.listMyFactors),
    api('POST', '/totp', signedIn, factors.beginTotpCall),
    api('POST', '/totp/confirm', signedIn, factors.confirmTotpCall),
    api('DELETE', '/totp', signedIn, factors.removeTotpCall),
    api('GET', '/recovery_codes', signedIn, factors.countMyRecoveryCodes),
    api('POST', '/recovery_codes', signedIn, factors.renewRecoveryCodesCall),
    api('GET', '/devices', signedIn, factors.listMyDevices),
    api('DELETE', '/devices/:id', signedIn, factors.forgetMyDevice),
    api('POST', '/step_up/code', signedIn, sendStepUpCodeCall),
    api('GET', '/sessions', signedIn, me.listMySessions),
    api('DELETE', '/sessions', signedIn, me.endMyOtherSessions),
    api('DELETE', '/sessions/:id', signedIn, me.endMySession),
    api('GET', '/history', signedIn, me.listMyHistory),
    api('GET', '/export', signedIn, me.exportMe),
    api('GET', '/apps', signedIn, listMyApps),
    api('DELETE', '/apps/:id', signedIn, disconnectMyApp),
    api('GET', '/connections', signedIn, connections.listMyConnections),
    api('DELETE', '/connections/:id', signedIn, connections.removeMyConnection),
  ]),
  ...under('/api/v1/users', [
    api('GET', '', admin, users.listAllUsers),
    api('POST', '', changingAdmin, users.createOneUser),
    api('GET', '/:id', admin, users.showOneUser),
    api('PATCH', '/:id', changingAdmin, users.editOneUser),
    api('DELETE', '/:id', changingAdmin, users.deleteOneUser),
    api('POST', '/:id/disable', changingAdmin, users.disableUser),
    api('POST', '/:id/enable', changingAdmin, users.enableUser),
    api('POST', '/:id/unlock', changingAdmin, users.unlockUser),
    api('PUT', '/:id/password', changingAdmin, users.setPasswordOfUser),
    api('POST', '/:id/reset_link', changingAdmin, users.createResetLinkForUser),
    api('POST', '/:id/logout_all', changingAdmin, sessions.logUserOutEverywhere),
    api('GET', '/:id/sessions', admin, sessions.listSessionsOfUser),
    api('DELETE', '/:id/sessions', changingAdmin, sessions.endSessionsOfUser),
    api('DELETE', '/:id/sessions/:sid', changingAdmin, sessions.endSessionOfUser),
    api('GET', '/:id/history', admin, sessions.listHistoryOfUser),
    api('GET', '/:id/factors', admin, userFactors.listFactorsOfUser),
    api('DELETE', '/:id/factors/:fid', changingAdmin, userFactors.removeFactorOfUser),
    api('GET', '/:id/roles', admin, roles.listRolesOfUser),
    api('GET', '/:id/roles/:role', admin, roles.checkRoleOfUser),
    api('PUT', '/:id/roles/:role', changingAdmin, roles.grantRoleToUser),
    api('DELETE', '/:id/roles/:role', changingAdmin, roles.revokeRoleOfUser),
  ]),
  ...under('/api/v1/roles', [
    api('GET', '', admin, roles.listAllRoles),
    api('POST', '', changingAdmin, roles.createOneRole),
    api('GET', '/:name', admin, roles.showOneRole),
    api('PATCH', '/:name', changingAdmin, roles.editOneRole),
    api('DELETE', '/:name', changingAdmin, roles.deleteOneRole),
  ]),
  ...under('/api/v1/apps', [
    api('GET', '', admin, apps.listAllApps),
    api('POST', '', admin, apps.createOneApp),
    api('GET', '/:id', admin, apps.showOneApp),
    api('PATCH', '/:id', admin, apps.editOneApp),
    api('DELETE', '/:id', admin, apps.deleteOneApp),
    api('POST', '/:id/rotate_secret', admin, apps.rotateOneSecret),
  ]),
  ...under('/api/v1/apis', [
    api('GET', '', admin, apps.listAllApis),
    api('POST', '', admin, apps.createOneApi),
    api('GET', '/:name', admin, apps.showOneApi),
    api('PATCH', '/:name', admin, apps.editOneApi),
    api('DELETE', '/:name', admin, apps.deleteOneApi),
  ]),
  api('GET', '/api/v1/audit', admin, listAllEvents),
  api('POST', '/api/v1/revocations/poll', verifierKey, pollCall),
  page('GET', '/', visitor, pages.showStart),
  page('GET', '/sign-in', visitor, pages.showSignIn),
  page('POST', '/sign-in', visitor, pages.sendSignIn),
  page('POST', '/sign-in/passkey', visitor, passkeySignInPage.sendPasskeySignIn),
  page('GET', '/sign-in/verify', visitor, verifyPages.showVerify),
  page('POST', '/sign-in/verify', visitor, verifyPages.sendVerify),
  page('POST', '/sign-in/verify/options', visitor, verifyPages.sendVerifyOptions),
  page('POST', '/sign-in/verify/set-up', visitor, verifyPages.sendSetUp),
  page('GET', '/sign-up', visitor, signUpPages.showSignUp),
  page('POST', '/sign-up', visitor, signUpPages.sendSignUp),
  page('GET', '/sign-in/code', visitor, codePages.showCode),
  page('POST', '/sign-in/code', visitor, codePages.sendCodeRequest),
  page('GET', '/sign-in/code/enter', visitor, codePages.showCodeEntry),
  page('POST', '/sign-in/code/enter', visitor, codePages.sendCodeEntry),
  page('GET', '/sign-in/link', visitor, codePages.showLink),
  page('POST', '/sign-in/link', visitor, codePages.sendLink),
  page('GET', '/sign-in/verify-by-mail', visitor, verifyByMailPages.showVerifyByMail),
  page('POST', '/sign-in/verify-by-mail', visitor, verifyByMailPages.sendVerifyByMail),
  page('POST', '/sign-in/verify-by-mail/send', visitor, verifyByMailPages.sendVerifyByMailLetter),
  page('GET', '/sign-in/new-password', visitor, resetPages.showNewPassword),
  page('POST', '/sign-in/new-password', visitor, resetPages.sendNewPassword),
  page('GET', '/forgot-password', visitor, forgotPages.showForgot),
  page('POST', '/forgot-password', visitor, forgotPages.sendForgot),
  page('GET', '/reset-password', visitor, resetPages.showReset),
  page('POST', '/reset-password', visitor, resetPages.sendReset),
  page('GET', '/verify-email', visitor, verifyEmailPages.showVerifyEmail),
  page('POST', '/verify-email', visitor, verifyEmailPages.sendVerifyEmail),
  page('POST', '/verify-email/send', visitor, verifyEmailPages.sendVerificationLetter),
  page('GET', '/undo-email', visitor, reportPages.showUndo),
  page('POST', '/undo-email', visitor, reportPages.sendUndo),
  page('GET', '/not-me', visitor, reportPages.showNotMe),
  page('POST', '/not-me', visitor, reportPages.sendNotMe),
  page('GET', '/sign-out', visitor, showSignOut),
  page('POST', '/sign-out', visitor, sessionPages.signOut),
  page('POST', '/sign-out-everywhere', onPage, sessionPages.signOutEverywhere),
  page('POST', '/language', anyone, chooseLanguage),
  ...under('/account', [
    page('GET', '', onPage, account.showAccount),
    page('GET', '/history', onPage, account.showHistory),
    page('GET', '/profile', onPage, account.showProfile),
    page('POST', '/profile', onPage, accountForms.sendProfile),
    page('GET', '/email', onPage, emailPages.showEmail),
    page('POST', '/email', onPage, emailPages.sendEmail),
    page('GET', '/email/confirm', onPage, emailPages.showEmailConfirmation),
    page('POST', '/email/confirm', onPage, emailPages.sendEmailConfirmation),
    page('GET', '/password', onPage, account.showPassword),
    page('POST', '/password', onPage, accountForms.sendPassword),
    page('GET', '/passkeys', onPage, passkeyPages.showPasskeys),
    page('POST', '/passkeys', onPage, passkeyPages.sendNewPasskey),
    page('POST', '/passkeys/options', onPage, passkeyPages.sendPasskeyOptions),
    page('POST', '/passkeys/not-now', onPage, passkeyPages.declinePasskey),
    page('POST', '/passkeys/:id/rename', onPage, passkeyPages.sendPasskeyName),
    page('GET', '/passkeys/:id/remove', onPage, passkeyPages.showRemovePasskey),
    page('POST', '/passkeys/:id/remove', onPage, passkeyPages.sendRemovePasskey),
    page('GET', '/security', onPage, security.showSecurity),
    page('GET', '/security/totp', onPage, security.showTotp),
    page('POST', '/security/totp', onPage, security.sendTotp),
    page('POST', '/security/totp/begin', onPage, security.beginTotpOnPage),
    page('GET', '/security/totp/remove', onPage, security.showRemoveTotp),
    page('POST', '/security/totp/remove', onPage, security.sendRemoveTotp),
    page('GET', '/security/recovery-codes', onPage, security.showRecoveryCodes),
    page('POST', '/security/recovery-codes', onPage, security.sendRecoveryCodes),
    page('POST', '/security/devices/:id/forget', onPage, security.forgetDeviceOnPage),
    page('GET', '/confirm', onPage, confirmPages.showConfirm),
    page('POST', '/confirm', onPage, confirmPages.sendConfirm),
    page('POST', '/confirm/options', onPage, confirmPages.sendConfirmOptions),
    page('GET', '/delete', onPage, account.showDelete),
    page('POST', '/delete', onPage, accountForms.sendDelete),
    page('GET', '/apps', onPage, appPages.showApps),
    page('POST', '/apps/:id/remove', onPage, appPages.removeConnectedApp),
    page('GET', '/connections', onPage, connectionPages.showConnections),
    page('GET', '/connections/confirm', onPage, connectionPages.showConfirmConnection),
    page('POST', '/connections/confirm', onPage, connectionPages.sendConfirmConnection),
    page('GET', '/connections/:name/link', onPage, upstream.startConnecting),
    page('POST', '/connections/:id/remove', onPage, connectionPages.sendDisconnect),
    page('POST', '/sessions/end-others', onPage, sessionPages.endOtherSessions),
    page('POST', '/sessions/:id/end', onPage, sessionPages.endOneSession),
  ]),
  page('GET', '/dev/mail', anyone, showDevMail),
  ...under('/admin', [
    page('GET', '', onConsole, consoleOverview.showOverview),
    page('GET', '/', onConsole, guessed.leadToConsole),
    page('GET', '/setup', anyone, consoleSetup.showSetup),
    page('POST', '/setup', anyone, consoleSetup.sendSetup),
    page('GET', '/statistics.csv', onConsole, consoleOverview.downloadStatistics),
    page('GET', '/users', onConsole, consoleUsers.showUsers),
    page('GET', '/users.csv', onConsole, consoleUsers.downloadUsers),
    page('GET', '/users/:id', onConsole, consoleUsers.showUserPage),
    page('GET', '/users/:id/disable', onConsole, userActions.confirmDisable),
    page('POST', '/users/:id/disable', onConsole, userActions.sendDisable),
    page('POST', '/users/:id/enable', onConsole, userActions.sendEnable),
    page('GET', '/users/:id/sign-out', onConsole, userActions.confirmSignOut),
    page('POST', '/users/:id/sign-out', onConsole, userActions.sendSignOut),
    page('GET', '/users/:id/delete', onConsole, userActions.confirmDelete),
    page('POST', '/users/:id/delete', onConsole, userActions.sendDelete),
    page('GET', '/users/:id/sessions/:sid/end', onConsole, userActions.confirmEndSession),
    page('POST', '/users/:id/sessions/:sid/end', onConsole, userActions.sendEndSession),
    page('POST', '/users/:id/roles', onConsole, consoleRoles.sendGrant),
    page('GET', '/users/:id/roles/:role/revoke', onConsole, consoleRoles.confirmRevoke),
    page('POST', '/users/:id/roles/:role/revoke', onConsole, consoleRoles.sendRevoke),
    page('GET', '/roles', onConsole, consoleRoles.showRoles),
    page('POST', '/roles', onConsole, consoleRoles.sendRole),
    page('GET', '/roles/:name/delete', onConsole, consoleRoles.confirmDeleteRole),
    page('POST', '/roles/:name/delete', onConsole, consoleRoles.sendDeleteRole),
    page('GET', '/audit', onConsole, consoleAudit.showAudit),
    page('GET', '/audit.csv', onConsole, consoleAudit.downloadCsv),
    page('GET', '/audit.jsonl', onConsole, consoleAudit.downloadJsonLines),
    page('GET', '/audit/:id', onConsole, consoleAudit.showEvent),
    page('GET', '/nodes', onConsole, consoleInstance.showNodes),
    page('GET', '/keys', onConsole, consoleInstance.showKeys),
    page('GET', '/settings', onConsole, consoleInstance.showSettings),
    page('GET', '/health', onConsole, consoleInstance.showHealth),
  ]),
  page('GET', '/login', anyone, guessed.leadToSignIn),
  page('GET', '/signin', anyone, guessed.leadToSignIn),
  page('GET', '/register', anyone, guessed.leadToSignUp),
  page('GET', '/signup', anyone, guessed.leadToSignUp),
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
  page('GET', '/oauth/authorize', visitor, oidc.authorize),
  page('GET', '/oauth/authorize/:uid', visitor, consent.resumeAuthorization),
  page('GET', '/consent/:uid', onPage, consent.showConsent),
  page('POST', '/consent/:uid', onPage, consent.sendConsent),
  page('GET', '/oauth/logout', visitor, logout.showLogout),
  page('POST', '/oauth/logout', visitor, logout.sendLogout),
  oauthCall('/oauth/token', oidc.issueTokens),
  oauthCall('/oauth/par', oidc.pushRequest),
  oauthCall('/oauth/introspect', oauth.introspectToken),
  oauthCall('/oauth/revoke', oauth.revokeOneToken),
  api('GET', '/oauth/userinfo', anyone, userinfo),
  api(
    'GET',
    '/openapi.json',
    anyone,
    describeApi(() => routes),
  ),
  api('GET', '/.well-known/jwks.json', anyone, jwks),
  api('GET', '/.well-known/oauth-authorization-server', anyone, authorizationServer),
  api('GET', '/.well-known/openid-configuration', anyone, openidConfiguration),
  api('GET', '/.well-known/change-password', anyone, account.leadToPassword),
  api('GET', '/.well-known/webauthn', anyone, relatedOrigins),
  api('GET', '/.well-known/passkey-endpoints', anyone, passkeyEndpoints),
  api('GET', '/.well-known/security.txt', anyone, securityTxt),
  api('GET', '/healthz', anyone, healthz),
  api('GET', '/readyz', anyone, readyz),
  api('GET', '/api/v1/healthcheck', anyone, readyz),
  api('GET', '/metrics', watcher, showMetrics),
]

function api(method: Method, path: string, guard: Guard<World>, described: AnyEndpoint<World>): Route<World> {
  // Any call that changes something may revoke tokens, so all of them wait for the propagation.
  const endpoint = changesSomething(method) ? awaitingPropagation(described) : described
  return { method, path, guard, surface: 'api', sameSiteOnly: false, endpoint }
}

/** A call that opens or renews a session: other sites may not make it, not even without a cookie. */
function opensSession(method: Method, path: string, endpoint: AnyEndpoint<World>): Route<World> {
  return { ...api(method, path, anyone, endpoint), sameSiteOnly: true }
}

/** A page: it reads forms, returns HTML and identifies its visitor by the page session. */
function page(method: Method, path: string, guard: Guard<World>, endpoint: AnyEndpoint<World>): Route<World> {
  return { ...api(method, path, guard, endpoint), surface: 'page', sameSiteOnly: method === 'POST' }
}

/** An OAuth endpoint, which authenticates its client itself: form in, errors as in RFC 6749. */
function oauthCall(path: string, endpoint: AnyEndpoint<World>): Route<World> {
  return { ...api('POST', path, anyone, endpoint), surface: 'oauth' }
}

function under(prefix: string, children: readonly Route<World>[]): Route<World>[] {
  return children.map((route) => ({ ...route, path: prefix + route.path }))
}
