import { byCallerOf } from '#src/audit/by.ts'
import { connect, offeredLink } from '#src/credentials/upstream/connect.ts'
import { disconnect } from '#src/credentials/upstream/disconnect.ts'
import { identitiesOf } from '#src/credentials/upstream/upstream.sql.ts'
import { withCookies } from '#src/http/answer.ts'
import { type Call, callerOf } from '#src/http/call.ts'
import { clearCookie, cookieName } from '#src/http/cookies.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { myself } from '#src/me/myself.ts'
import { confirmConnectionPage, connectionsPage } from '#src/pages/account/connections-page.ts'
import { flashMessage, seeOtherWithFlash, withoutFlash } from '#src/pages/flash.ts'
import { renewed } from '#src/pages/page-cookies.ts'
import { requireRecentProof } from '#src/sessions/recent-proof.ts'
import { isSecure } from '#src/tokens/pair-answer.ts'
import type { World } from '#src/world/world.ts'

export const showConnections = endpoint({
  summary: 'The connected accounts.',
  responses: { 200: null },
  errors: ['not_signed_in'],
  handle: async (world: World, call) => {
    const connections = await identitiesOf(world.db.query, callerOf(call).userId)
    const { providers } = world.settings
    const page = connectionsPage(call, {
      connections,
      providers,
      notice: flashMessage(world, call),
      now: world.clock.now(),
    })
    return renewed(world, call, withoutFlash(world, call, page))
  },
})

export const showConfirmConnection = endpoint({
  summary: 'Asks to confirm a connection.',
  responses: { 200: null },
  errors: ['not_signed_in', 'step_up_required', 'provider_expired'],
  handle: async (world: World, call) => {
    const user = await myself(world, call)
    const identity = await offeredLink(world, { user, token: tokenIn(world, call) })
    await requireRecentProof(world, { user, sessionId: callerOf(call).sessionId })
    const provider = world.settings.providers.find(({ name }) => name === identity.provider)
    const title = provider?.title ?? identity.provider
    return renewed(world, call, confirmConnectionPage(call, { user, identity, title }))
  },
})

export const sendConfirmConnection = endpoint({
  summary: 'Connects the identity that the browser brought from a provider.',
  responses: { 303: null },
  errors: [
    'not_signed_in',
    'step_up_required',
    'provider_expired',
    'connected_elsewhere',
    'too_many_connections',
  ],
  handle: async (world: World, call) => {
    const user = await myself(world, call)
    const { sessionId } = callerOf(call)
    const token = tokenIn(world, call)
    const { destination } = await connect(world, { user, token, sessionId, by: byCallerOf(call) })
    const answer = seeOtherWithFlash(world, destination ?? '/account/connections', 'connected')
    return withCookies(answer, [clearCookie('link', isSecure(world))])
  },
})

export const sendDisconnect = endpoint({
  summary: 'Disconnects an identity.',
  responses: { 303: null },
  errors: ['not_signed_in', 'step_up_required', 'not_found', 'last_sign_in_method'],
  handle: async (world: World, call) => {
    const user = await myself(world, call)
    const { sessionId } = callerOf(call)
    await disconnect(world, { user, sessionId, id: call.params.id ?? '', by: byCallerOf(call) })
    return seeOtherWithFlash(world, '/account/connections', 'disconnected')
  },
})

function tokenIn(world: World, { cookies }: Pick<Call, 'cookies'>): string | undefined {
  return cookies.get(cookieName('link', isSecure(world)))
}
