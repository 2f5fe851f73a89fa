import { z } from 'zod'
import { type ConnectedApp, connectedApps } from '#src/apps/connected.sql.ts'
import { disconnect } from '#src/apps/end-grant.ts'
import { byCallerOf } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { json } from '#src/http/answer.ts'
import { callerOf } from '#src/http/call.ts'
import { LongCursor, listOf, PageQuery, pageOfShort } from '#src/http/cursor.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { rfc3339 } from '#src/platform/clock.ts'
import { emptyWhenRevoked } from '#src/tokens/answer-when-revoked.ts'
import type { World } from '#src/world/world.ts'

const ConnectedAppBody = z
  .object({
    id: z.string(),
    name: z.string(),
    client_uri: z.string().optional(),
    scopes: z.array(z.string()),
    connected_at: z.iso.datetime(),
    last_used_at: z.iso.datetime(),
  })
  .meta({ id: 'ConnectedApp' })

export const listMyApps = endpoint({
  summary: 'Lists the apps that can act for the current user, the one used last first.',
  // Client ids can be URLs.
  query: PageQuery.extend({ cursor: LongCursor }),
  responses: { 200: listOf(ConnectedAppBody) },
  errors: [],
  handle: async ({ db, clock }: World, call) => {
    const apps = await connectedApps(db.query, { userId: callerOf(call).userId, now: clock.now() })
    return json(200, pageOfShort(apps, call.query, { idOf: ({ clientId }) => clientId, onWire }))
  },
})

function onWire({ clientId, name, clientUri, scopes, since, lastUsedAt }: ConnectedApp) {
  return {
    id: clientId,
    name,
    ...(clientUri !== undefined && { client_uri: clientUri }),
    scopes,
    connected_at: rfc3339(since),
    last_used_at: rfc3339(lastUsedAt),
  }
}

export const disconnectMyApp = endpoint({
  summary: 'Disconnects an app. Its tokens for you are revoked when the response is sent.',
  responses: { 204: null, 202: null },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const { userId } = callerOf(call)
    const which = { userId, clientId: call.params.id ?? '', by: byCallerOf(call) }
    const { isFound, propagated } = await disconnect(world, which)
    if (!isFound) throw new AppError('not_found')
    return emptyWhenRevoked(call, propagated)
  },
})
