import { onPage, visitor } from '#src/guards.ts'
import type { Route } from '#src/http/mount.ts'
import * as appPages from '#src/pages/account/apps-http.ts'
import * as connectionPages from '#src/pages/account/connections-http.ts'
import * as emailPages from '#src/pages/account/email-http.ts'
import * as accountForms from '#src/pages/account/forms-http.ts'
import * as account from '#src/pages/account/http.ts'
import * as passkeyPages from '#src/pages/account/passkeys-http.ts'
import * as confirmPages from '#src/pages/account/security/confirm-http.ts'
import * as security from '#src/pages/account/security/http.ts'
import * as sessionPages from '#src/pages/account/sessions-http.ts'
import { chooseLanguage } from '#src/pages/choose-language.ts'
import * as codePages from '#src/pages/mail/code-http.ts'
import * as forgotPages from '#src/pages/mail/forgot-http.ts'
import * as reportPages from '#src/pages/mail/report-http.ts'
import * as resetPages from '#src/pages/mail/reset-http.ts'
import * as verifyByMailPages from '#src/pages/mail/verify-by-mail-http.ts'
import * as verifyEmailPages from '#src/pages/mail/verify-email-http.ts'
import * as pages from '#src/pages/sign-in/http.ts'
import * as passkeySignInPage from '#src/pages/sign-in/passkey-http.ts'
import * as restorePages from '#src/pages/sign-in/restore-http.ts'
import { showSignOut, showSignOutEverywhere } from '#src/pages/sign-in/sign-out-page.ts'
import * as signUpPages from '#src/pages/sign-in/sign-up-http.ts'
import * as passkeySignUpPages from '#src/pages/sign-in/sign-up-passkey-http.ts'
import * as upstream from '#src/pages/sign-in/upstream-http.ts'
import * as verifyPages from '#src/pages/sign-in/verify-http.ts'
import { page, under } from '#src/routes/define.ts'
import type { World } from '#src/world/world.ts'

/** The pages of sign-in, sign-up, help by mail and the account. */
export const pageRoutes: readonly Route<World>[] = [
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
  page('POST', '/sign-up/passkey', visitor, passkeySignUpPages.sendPasskeySignUp),
  page('POST', '/sign-up/passkey/options', visitor, passkeySignUpPages.sendPasskeySignUpOptions),
  page('GET', '/sign-in/code', visitor, codePages.showCode),
  page('POST', '/sign-in/code', visitor, codePages.sendCodeRequest),
  page('GET', '/sign-in/code/enter', visitor, codePages.showCodeEntry),
  page('POST', '/sign-in/code/enter', visitor, codePages.sendCodeEntry),
  page('GET', '/sign-in/link', visitor, codePages.showLink),
  page('POST', '/sign-in/link', visitor, codePages.sendLink),
  page('GET', '/sign-in/verify-by-mail', visitor, verifyByMailPages.showVerifyByMail),
  page('POST', '/sign-in/verify-by-mail', visitor, verifyByMailPages.sendVerifyByMail),
  page('POST', '/sign-in/verify-by-mail/send', visitor, verifyByMailPages.sendVerifyByMailMessage),
  page('GET', '/sign-in/new-password', visitor, resetPages.showNewPassword),
  page('POST', '/sign-in/new-password', visitor, resetPages.sendNewPassword),
  page('GET', '/forgot-password', visitor, forgotPages.showForgot),
  page('POST', '/forgot-password', visitor, forgotPages.sendForgot),
  page('GET', '/reset-password', visitor, resetPages.showReset),
  page('POST', '/reset-password', visitor, resetPages.sendReset),
  page('GET', '/verify-email', visitor, verifyEmailPages.showVerifyEmail),
  page('POST', '/verify-email', visitor, verifyEmailPages.sendVerifyEmail),
  page('POST', '/verify-email/send', visitor, verifyEmailPages.sendVerificationMessage),
  page('GET', '/undo-email', visitor, reportPages.showUndo),
  page('POST', '/undo-email', visitor, reportPages.sendUndo),
  page('GET', '/not-me', visitor, reportPages.showNotMe),
  page('POST', '/not-me', visitor, reportPages.sendNotMe),
  page('GET', '/restore-account', visitor, restorePages.showRestore),
  page('POST', '/restore-account', visitor, restorePages.sendRestore),
  page('GET', '/sign-out', visitor, showSignOut),
  page('POST', '/sign-out', visitor, sessionPages.signOut),
  page('GET', '/sign-out-everywhere', onPage, showSignOutEverywhere),
  page('POST', '/sign-out-everywhere', onPage, sessionPages.signOutEverywhere),
  page('POST', '/language', visitor, chooseLanguage),
  ...under('/account', [
    page('GET', '', onPage, account.showAccount),
    page('GET', '/devices', onPage, account.showDevices),
    page('GET', '/history', onPage, account.showHistory),
    page('GET', '/not-me', onPage, account.showNotMe),
    page('GET', '/data', onPage, account.showData),
    page('POST', '/data/export', onPage, account.sendExport),
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
    page('GET', '/passkeys/offer', onPage, passkeyPages.showPasskeyOffer),
    page('POST', '/passkeys/not-now', onPage, passkeyPages.declinePasskey),
    page('POST', '/passkeys/:id/rename', onPage, passkeyPages.sendPasskeyName),
    page('GET', '/passkeys/:id/remove', onPage, passkeyPages.showRemovePasskey),
    page('POST', '/passkeys/:id/remove', onPage, passkeyPages.sendRemovePasskey),
    page('GET', '/security', onPage, security.showSecurity),
    page('GET', '/security/totp', onPage, security.showTotp),
    page('POST', '/security/totp', onPage, security.sendTotp),
    page('POST', '/security/totp/begin', onPage, security.beginTotpOnPage),
    page('POST', '/security/passkey', onPage, security.choosePasskeysOnPage),
    page('GET', '/security/email_code', onPage, security.showEmailCodes),
    page('POST', '/security/email_code', onPage, security.sendEmailCodes),
    page('POST', '/security/email_code/send', onPage, security.sendEmailCodesMessage),
    page('GET', '/security/:factor/remove', onPage, security.showRemoveFactor),
    page('POST', '/security/:factor/remove', onPage, security.sendRemoveFactor),
    page('GET', '/security/recovery-codes', onPage, security.showRecoveryCodes),
    page('POST', '/security/recovery-codes', onPage, security.sendRecoveryCodes),
    page('POST', '/security/devices/:id/forget', onPage, security.forgetDeviceOnPage),
    page('GET', '/confirm', onPage, confirmPages.showConfirm),
    page('POST', '/confirm', onPage, confirmPages.sendConfirm),
    page('POST', '/confirm/options', onPage, confirmPages.sendConfirmOptions),
    page('POST', '/confirm/code', onPage, confirmPages.sendConfirmMessage),
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
]
