import { type Factors, listFactors } from '#src/accounts/list-factors.ts'
import { everyEventOf, type OwnEvent } from '#src/audit/own-events.ts'
import type { Passkey } from '#src/credentials/passkeys/passkey.ts'
import { passkeysOf } from '#src/credentials/passkeys/passkeys.sql.ts'
import { everyDevice } from '#src/credentials/trusted-devices/list.ts'
import type { TrustedDevice } from '#src/credentials/trusted-devices/trusted-device.ts'
import type { Connection } from '#src/credentials/upstream/identity.ts'
import { identitiesOf } from '#src/credentials/upstream/upstream.sql.ts'
import { refuseBeyond } from '#src/limits/by-address.ts'
import type { SignIn } from '#src/sessions/history.ts'
import { everySession, wholeHistory } from '#src/sessions/list.ts'
import type { Session } from '#src/sessions/session.ts'
import type { World } from '#src/world/world.ts'

type Stored = {
  readonly connections: readonly Connection[]
  readonly passkeys: readonly Passkey[]
  readonly sessions: AsyncIterable<readonly Session[]>
  readonly history: AsyncIterable<readonly SignIn[]>
  readonly devices: AsyncIterable<readonly TrustedDevice[]>
  readonly factors: Factors
  readonly events: AsyncIterable<readonly OwnEvent[]>
}

/**
 * Returns everything that is stored about a user, except hashes and the signature. It is read page by page,
 * so that a large export takes little memory and a slow reader holds no transaction open.
 */
export async function exportMyself(world: World, userId: string): Promise<Stored> {
  await refuseBeyond(world, { name: 'export', of: userId })
  const connections = await identitiesOf(world.db.query, userId)
  return {
    connections,
    passkeys: await passkeysOf(world.db.query, userId),
    sessions: everySession(world, userId),
    history: wholeHistory(world, userId),
    devices: everyDevice(world, userId),
    factors: await listFactors(world.db.query, userId),
    events: everyEventOf(world, userId),
  }
}
