import { exportMyself } from '#src/accounts/export.ts'
import { factorsOnWire } from '#src/accounts/list-factors.ts'
import { passkeyOnWire } from '#src/credentials/passkeys/on-wire.ts'
import { deviceOnWire } from '#src/credentials/trusted-devices/list.ts'
import { connectionOnWire } from '#src/credentials/upstream/on-wire.ts'
import { type Answer, jsonInPieces } from '#src/http/answer.ts'
import { jsonPieces } from '#src/http/json-pieces.ts'
import { recentlyProven } from '#src/me/second-factors.ts'
import { sessionOnWire, signInOnWire } from '#src/sessions/on-wire.ts'
import { userOnWire } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

/** Everything that is stored about a user, as a file. Needs a recent proof. */
export async function exportAnswer(
  world: World,
  { userId, sessionId }: { userId: string; sessionId: string },
): Promise<Answer> {
  const user = userOnWire(await recentlyProven(world, { userId, sessionId }))
  const stored = await exportMyself(world, userId)
  const headers = { 'content-disposition': 'attachment; filename="sigil-export.json"' }
  const factors = factorsOnWire(stored.factors)
  const lists = {
    sessions: eachOnWire(stored.sessions, (session) => sessionOnWire(session, sessionId)),
    history: eachOnWire(stored.history, signInOnWire),
    trusted_devices: eachOnWire(stored.devices, deviceOnWire),
    audit_events: stored.events,
  }
  const connections = stored.connections.map(connectionOnWire)
  const passkeys = stored.passkeys.map(passkeyOnWire)
  return jsonInPieces(200, jsonPieces({ user, factors, passkeys, connections }, lists), headers)
}

async function* eachOnWire<T, W>(pages: AsyncIterable<readonly T[]>, onWire: (row: T) => W) {
  for await (const page of pages) yield page.map(onWire)
}
