import { anyone, changingConsole, readingConsole } from '#src/guards.ts'
import type { AnyEndpoint } from '#src/http/endpoint.ts'
import type { Route } from '#src/http/mount.ts'
import * as apis from '#src/pages/console/apis/apis-http.ts'
import * as verifiers from '#src/pages/console/apis/verifiers-http.ts'
import * as appActions from '#src/pages/console/apps/app-actions.ts'
import * as apps from '#src/pages/console/apps/apps-http.ts'
import * as appEnd from '#src/pages/console/apps/end-http.ts'
import * as audit from '#src/pages/console/audit-http.ts'
import * as instance from '#src/pages/console/instance/instance-http.ts'
import * as keys from '#src/pages/console/instance/keys-http.ts'
import * as mail from '#src/pages/console/instance/mail-http.ts'
import { showMethods } from '#src/pages/console/instance/methods-http.ts'
import * as overview from '#src/pages/console/overview-http.ts'
import type { ConsolePlace } from '#src/pages/console/places.ts'
import * as roles from '#src/pages/console/roles-http.ts'
import * as sessions from '#src/pages/console/sessions/sessions-http.ts'
import * as setup from '#src/pages/console/setup-http.ts'
import * as bulk from '#src/pages/console/users/bulk-http.ts'
import { removals } from '#src/pages/console/users/removals.ts'
import * as userActions from '#src/pages/console/users/user-actions.ts'
import { showUserPage } from '#src/pages/console/users/user-http.ts'
import * as users from '#src/pages/console/users/users-http.ts'
import * as guessed from '#src/pages/guessed.ts'
import { page, under } from '#src/routes/define.ts'
import type { World } from '#src/world/world.ts'

/** A page of one section, for everyone who may read that section; the path begins with its name. */
function shows(place: ConsolePlace, more: string, endpoint: AnyEndpoint<World>): Route<World> {
  return page('GET', place.slice('/admin'.length) + more, readingConsole(place), endpoint)
}

/** A page with a question or a form, and its submission, at one path: both need a recent proof. */
function changes(path: string, shown: AnyEndpoint<World>, sent: AnyEndpoint<World>): Route<World>[] {
  return [page('GET', path, changingConsole, shown), sends(path, sent)]
}

function sends(path: string, sent: AnyEndpoint<World>): Route<World> {
  return page('POST', path, changingConsole, sent)
}

/** The administrator's console. */
export const consoleRoutes: readonly Route<World>[] = under('/admin', [
  shows('/admin', '', overview.showOverview),
  shows('/admin', '/', guessed.leadToConsole),
  page('GET', '/setup', anyone, setup.showSetup),
  page('POST', '/setup', anyone, setup.sendSetup),
  shows('/admin', '/statistics.csv', overview.downloadStatistics),
  shows('/admin', '/adoption.csv', overview.downloadAdoption),
  shows('/admin/users', '', users.showUsers),
  shows('/admin/users', '.csv', users.downloadUsers),
  shows('/admin/users', '.jsonl', users.downloadUsersJson),
  ...changes('/users/bulk', bulk.confirmBulk, bulk.sendBulk),
  shows('/admin/users', '/:id', showUserPage),
  ...changes('/users/:id/disable', userActions.confirmDisable, userActions.sendDisable),
  sends('/users/:id/enable', userActions.sendEnable),
  sends('/users/:id/unlock', userActions.sendUnlock),
  ...changes('/users/:id/sign-out', userActions.confirmSignOut, userActions.sendSignOut),
  ...changes('/users/:id/reset-link', userActions.confirmResetLink, userActions.sendResetLink),
  ...changes('/users/:id/delete', userActions.confirmDelete, userActions.sendDelete),
  ...changes('/users/:id/sessions/:sid/end', userActions.confirmEndSession, userActions.sendEndSession),
  ...removals.flatMap(({ path, confirm, send }) => changes(path, confirm, send)),
  sends('/users/:id/roles', roles.sendGrant),
  ...changes('/users/:id/roles/:role/revoke', roles.confirmRevoke, roles.sendRevoke),
  shows('/admin/sessions', '', sessions.showSessions),
  shows('/admin/sessions', '.csv', sessions.downloadSessionsCsv),
  shows('/admin/sessions', '.jsonl', sessions.downloadSessionsJson),
  ...changes('/sessions/end', sessions.confirmEndSessions, sessions.sendEndSessions),
  shows('/admin/apps', '', apps.showApps),
  ...changes('/apps/new', appActions.showNewApp, appActions.sendNewApp),
  shows('/admin/apps', '/:id', apps.showApp),
  ...changes('/apps/:id/edit', appActions.showEditApp, appActions.sendEditApp),
  ...changes('/apps/:id/secret', appEnd.confirmRotate, appEnd.sendRotate),
  ...changes('/apps/:id/disable', appEnd.confirmDisableApp, appEnd.sendDisableApp),
  sends('/apps/:id/enable', appEnd.sendEnableApp),
  ...changes('/apps/:id/remove', appEnd.confirmRemoveApp, appEnd.sendRemoveApp),
  shows('/admin/apis', '', apis.showApis),
  ...changes('/apis/new', apis.showNewApi, apis.sendNewApi),
  shows('/admin/apis', '/:name', apis.showApi),
  ...changes('/apis/:name/scopes', apis.showScopes, apis.sendScopes),
  ...changes('/apis/:name/remove', apis.confirmRemoveApi, apis.sendRemoveApi),
  ...changes('/verifiers/new', verifiers.showNewVerifier, verifiers.sendNewVerifier),
  ...changes('/verifiers/:name/remove', verifiers.confirmRemoveVerifier, verifiers.sendRemoveVerifier),
  shows('/admin/roles', '', roles.showRoles),
  sends('/roles', roles.sendRole),
  ...changes('/roles/:name/delete', roles.confirmDeleteRole, roles.sendDeleteRole),
  shows('/admin/audit', '', audit.showAudit),
  shows('/admin/audit', '.csv', audit.downloadCsv),
  shows('/admin/audit', '.jsonl', audit.downloadJsonLines),
  shows('/admin/audit', '/:id', audit.showEvent),
  shows('/admin/sign-in', '', showMethods),
  shows('/admin/mail', '', mail.showMail),
  shows('/admin/mail', '/:id', mail.showDelivery),
  sends('/mail/:id/retry', mail.sendRetry),
  ...changes('/mail/:id/discard', mail.confirmDiscard, mail.sendDiscard),
  shows('/admin/nodes', '', instance.showNodes),
  shows('/admin/keys', '', keys.showKeys),
  ...changes('/keys/:purpose/rotate', keys.confirmRotateKey, keys.sendRotateKey),
  shows('/admin/settings', '', instance.showSettings),
  shows('/admin/health', '', instance.showHealth),
])
