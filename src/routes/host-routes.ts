import * as host from '#src/forward-auth/http.ts'
import * as signIn from '#src/forward-auth/sign-in-http.ts'
import { anyone, onPage, visitor } from '#src/guards.ts'
import type { Route } from '#src/http/mount.ts'
import { api, page } from '#src/routes/define.ts'
import type { World } from '#src/world/world.ts'

/**
 * Apps on their own hosts. The proxy of such a host sends `/.sigil/` to Sigil, and checks every other request
 * with it; `/hosts/` is on Sigil's own host.
 */
export const hostRoutes: readonly Route<World>[] = [
  api('GET', '/.sigil/verify', anyone, host.verifyTicket),
  api('ALL', '/.sigil/ext_authz', anyone, host.verifyTicketForEnvoy),
  api('ALL', '/.sigil/ext_authz/*', anyone, host.verifyTicketForEnvoy),
  page('GET', '/.sigil/sign-in', anyone, host.beginAtHost),
  page('GET', '/.sigil/callback', anyone, host.returnToHost),
  page('GET', '/.sigil/sign-out', anyone, host.leaveHost),
  page('POST', '/.sigil/sign-out', anyone, host.signOutAtHost),
  page('GET', '/hosts/sign-in', visitor, signIn.signInToHost),
  page('GET', '/hosts/continue', visitor, signIn.continueToHost),
  page('GET', '/hosts/consent', onPage, signIn.showSiteConsent),
  page('POST', '/hosts/consent', onPage, signIn.sendSiteConsent),
  page('GET', '/hosts/failed', anyone, signIn.showFailedVisit),
]
