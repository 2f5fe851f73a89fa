import { connectedApps } from '#src/apps/connected.sql.ts'
import { disconnect } from '#src/apps/end-grant.ts'
import { byCallerOf } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { callerOf } from '#src/http/call.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { appsPage } from '#src/pages/account/apps-page.ts'
import { flashMessage, seeOtherWithFlash, withoutFlash } from '#src/pages/flash.ts'
import { renewed } from '#src/pages/page-cookies.ts'
import type { World } from '#src/world/world.ts'

export const showApps = endpoint({
  summary: 'The page of connected apps.',
  responses: { 200: null },
  errors: ['not_signed_in'],
  handle: async (world: World, call) => {
    const { userId } = callerOf(call)
    const now = world.clock.now()
    const apps = await connectedApps(world.db.query, { userId, now })
    const page = appsPage(call, { apps, notice: flashMessage(world, call), now })
    return renewed(world, call, withoutFlash(world, call, page))
  },
})

export const removeConnectedApp = endpoint({
  summary: 'Disconnects an app.',
  responses: { 303: null },
  errors: ['not_signed_in', 'not_found'],
  handle: async (world: World, call) => {
    const { userId } = callerOf(call)
    const which = { userId, clientId: call.params.id ?? '', by: byCallerOf(call) }
    const { isFound, propagated } = await disconnect(world, which)
    if (!isFound) throw new AppError('not_found')
    await propagated
    return seeOtherWithFlash(world, '/account/apps', 'app_disconnected')
  },
})
