import * as apps from '#src/administration/apps-http.ts'
import { listAllEvents } from '#src/administration/audit-http.ts'
import * as userFactors from '#src/administration/factors-http.ts'
import * as users from '#src/administration/http.ts'
import * as roles from '#src/administration/roles-http.ts'
import * as sessions from '#src/administration/sessions-http.ts'
import { anyone, holding, holdingRecently, signedIn, verifierKey, visitor } from '#src/guards.ts'
import type { Route } from '#src/http/mount.ts'
import { disconnectMyApp, listMyApps } from '#src/me/apps-http.ts'
import * as connections from '#src/me/connections-http.ts'
import * as email from '#src/me/email-http.ts'
import * as factors from '#src/me/factors-http.ts'
import * as me from '#src/me/http.ts'
import * as passkeys from '#src/me/passkeys-http.ts'
import { sendStepUpCodeCall, stepUpCall } from '#src/me/step-up-http.ts'
import * as upstream from '#src/pages/sign-in/upstream-http.ts'
import { pollCall } from '#src/revocations/http.ts'
import { api, opensSession, page, under } from '#src/routes/define.ts'
import * as signIn from '#src/sign-in/http.ts'
import * as mail from '#src/sign-in/mail-http.ts'
import * as passkeySignIn from '#src/sign-in/passkey-http.ts'
import { listProviders } from '#src/sign-in/providers-http.ts'
import { restoreCall } from '#src/sign-in/restore-http.ts'
import * as tokens from '#src/tokens/http.ts'
import type { World } from '#src/world/world.ts'

/** Who may read what, as in the console. */
const everyReader = holding('admin', 'auditor', 'support')
const auditors = holding('admin', 'auditor')
/** Changes by an administrator need a recent proof: an unattended screen must not be enough. */
const changingAdmin = holdingRecently('admin')

/** Every URL, with its guard and its endpoint. The server serves nothing else. */
/** The API under `/api/v1`. */
export const apiRoutes: readonly Route<World>[] = [
  ...under('/api/v1/auth', [
    opensSession('POST', '/signup', signIn.signUpCall),
    opensSession('POST', '/signin', signIn.signInCall),
    opensSession('POST', '/mfa', signIn.mfaCall),
    opensSession('POST', '/mfa/options', passkeySignIn.mfaOptionsCall),
    opensSession('POST', '/passkey/options', passkeySignIn.passkeyOptionsCall),
    api('POST', '/restore', anyone, restoreCall),
    opensSession('POST', '/signup/passkey/options', passkeySignIn.passkeySignUpOptionsCall),
    opensSession('POST', '/signup/passkey', passkeySignIn.passkeySignUpCall),
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
    api('POST', '/factors/passkey', signedIn, factors.choosePasskeysCall),
    api('POST', '/factors/email_code', signedIn, factors.beginEmailCodesCall),
    api('POST', '/factors/email_code/confirm', signedIn, factors.confirmEmailCodesCall),
    api('DELETE', '/factors/passkey', signedIn, factors.turnPasskeysOffCall),
    api('DELETE', '/factors/email_code', signedIn, factors.turnEmailCodesOffCall),
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
    api('GET', '', everyReader, users.listAllUsers),
    api('POST', '', changingAdmin, users.createOneUser),
    api('GET', '/:id', everyReader, users.showOneUser),
    api('PATCH', '/:id', changingAdmin, users.editOneUser),
    api('DELETE', '/:id', changingAdmin, users.deleteOneUser),
    api('POST', '/:id/disable', changingAdmin, users.disableUser),
    api('POST', '/:id/enable', changingAdmin, users.enableUser),
    api('POST', '/:id/unlock', changingAdmin, users.unlockUser),
    api('PUT', '/:id/password', changingAdmin, users.setPasswordOfUser),
    api('POST', '/:id/reset_link', changingAdmin, users.createResetLinkForUser),
    api('POST', '/:id/logout_all', changingAdmin, sessions.logUserOutEverywhere),
    api('GET', '/:id/sessions', everyReader, sessions.listSessionsOfUser),
    api('DELETE', '/:id/sessions', changingAdmin, sessions.endSessionsOfUser),
    api('DELETE', '/:id/sessions/:sid', changingAdmin, sessions.endSessionOfUser),
    api('GET', '/:id/history', everyReader, sessions.listHistoryOfUser),
    api('GET', '/:id/factors', everyReader, userFactors.listFactorsOfUser),
    api('DELETE', '/:id/factors/:fid', changingAdmin, userFactors.removeFactorOfUser),
    api('GET', '/:id/roles', everyReader, roles.listRolesOfUser),
    api('GET', '/:id/roles/:role', everyReader, roles.checkRoleOfUser),
    api('PUT', '/:id/roles/:role', changingAdmin, roles.grantRoleToUser),
    api('DELETE', '/:id/roles/:role', changingAdmin, roles.revokeRoleOfUser),
  ]),
  ...under('/api/v1/roles', [
    api('GET', '', auditors, roles.listAllRoles),
    api('POST', '', changingAdmin, roles.createOneRole),
    api('GET', '/:name', auditors, roles.showOneRole),
    api('PATCH', '/:name', changingAdmin, roles.editOneRole),
    api('DELETE', '/:name', changingAdmin, roles.deleteOneRole),
  ]),
  ...under('/api/v1/apps', [
    api('GET', '', auditors, apps.listAllApps),
    api('POST', '', changingAdmin, apps.createOneApp),
    api('GET', '/:id', auditors, apps.showOneApp),
    api('PATCH', '/:id', changingAdmin, apps.editOneApp),
    api('DELETE', '/:id', changingAdmin, apps.deleteOneApp),
    api('POST', '/:id/disable', changingAdmin, apps.disableOneApp),
    api('POST', '/:id/enable', changingAdmin, apps.enableOneApp),
    api('POST', '/:id/rotate_secret', changingAdmin, apps.rotateOneSecret),
  ]),
  ...under('/api/v1/apis', [
    api('GET', '', auditors, apps.listAllApis),
    api('POST', '', changingAdmin, apps.createOneApi),
    api('GET', '/:name', auditors, apps.showOneApi),
    api('PATCH', '/:name', changingAdmin, apps.editOneApi),
    api('DELETE', '/:name', changingAdmin, apps.deleteOneApi),
  ]),
  api('GET', '/api/v1/audit', auditors, listAllEvents),
  api('POST', '/api/v1/revocations/poll', verifierKey, pollCall),
]
