import { anyone, onConsole } from '#src/guards.ts'
import type { Route } from '#src/http/mount.ts'
import * as consoleAudit from '#src/pages/console/audit-http.ts'
import * as consoleInstance from '#src/pages/console/instance-http.ts'
import * as consoleOverview from '#src/pages/console/overview-http.ts'
import * as consoleRoles from '#src/pages/console/roles-http.ts'
import * as consoleSetup from '#src/pages/console/setup-http.ts'
import * as userActions from '#src/pages/console/user-actions.ts'
import * as consoleUsers from '#src/pages/console/users-http.ts'
import * as guessed from '#src/pages/guessed.ts'
import { page, under } from '#src/routes/define.ts'
import type { World } from '#src/world/world.ts'

/** The administrator's console. */
export const consoleRoutes: readonly Route<World>[] = [
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
]
