import { byCallerOf } from '#src/audit/by.ts'
import { disconnect } from '#src/credentials/upstream/disconnect.ts'
import type { Connection } from '#src/credentials/upstream/identity.ts'
import { ConnectionBody, connectionOnWire } from '#src/credentials/upstream/on-wire.ts'
import { identitiesOf } from '#src/credentials/upstream/upstream.sql.ts'
import { empty, json } from '#src/http/answer.ts'
import { callerOf } from '#src/http/call.ts'
import { listOf, PageQuery, pageOfShort } from '#src/http/cursor.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { myself } from '#src/me/myself.ts'
import type { World } from '#src/world/world.ts'

export const listMyConnections = endpoint({
  summary: 'Lists the identities of other providers that sign in to the account, at most 20.',
  query: PageQuery,
  responses: { 200: listOf(ConnectionBody) },
  errors: [],
  handle: async (world: World, call) => {
    const connections = await identitiesOf(world.db.query, callerOf(call).userId)
    const shape = { idOf: ({ id }: Connection) => id, onWire: connectionOnWire }
    return json(200, pageOfShort(connections, call.query, shape))
  },
})

export const removeMyConnection = endpoint({
  summary: 'Disconnects an identity. Needs a sign-in of the last 10 minutes. The last way to sign in stays.',
  responses: { 204: null },
  errors: ['step_up_required', 'not_found', 'last_sign_in_method'],
  handle: async (world: World, call) => {
    const { sessionId } = callerOf(call)
    const user = await myself(world, call)
    await disconnect(world, { user, sessionId, id: call.params.id ?? '', by: byCallerOf(call) })
    return empty(204)
  },
})
