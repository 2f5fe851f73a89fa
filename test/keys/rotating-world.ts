import { createHash } from 'node:crypto'
import { listAudit } from '#src/audit/list-audit.ts'
import { readCursor } from '#src/http/cursor.ts'
import { openKeyRing } from '#src/keys/key-ring.ts'
import type { MasterKey } from '#src/keys/master-key.ts'
import { cleanKeys } from '#src/keys/rotation.ts'
import type { Clock } from '#src/platform/clock.ts'
import { systemRandom } from '#src/platform/random.ts'
import { revocationNode } from '#src/revocations/lease/this-node.ts'
import type { World } from '#src/world/world.ts'
import type { Engine } from '#test/support/engines.ts'
import { partsOf } from '#test/support/forging.ts'
import { type Person, pairOf, personWithRoles } from '#test/support/people.ts'
import { masterKey } from '#test/support/sigil.ts'
import { type TestClock, testClock } from '#test/support/test-clock.ts'
import { openTestWorld } from '#test/support/test-world.ts'

export const master: MasterKey = { bytes: Buffer.from(masterKey, 'base64url') }
export const otherMaster: MasterKey = { bytes: createHash('sha256').update('another').digest() }

export const minuteMs = 60_000

/** A World that holds a lease and whose keys follow a clock that the test moves. */
export async function rotatingWorld(engine: Engine): Promise<{ world: World; clock: TestClock }> {
  const clock = testClock()
  const env = { SIGIL_MASTER_KEY: masterKey, SIGIL_ACCESS_TOKEN_LIFETIME: '1h' }
  return { world: await nodeOn(await openTestWorld(engine, { clock, env }), clock), clock }
}

/** Another node on the same database, with its own keys and lease. */
export async function nodeOn(world: World, clock: Clock, masterKey = master): Promise<World> {
  const keys = await openKeyRing({ db: world.db, clock, random: systemRandom, masterKey })
  const node = { ...world, clock, keys }
  await revocationNode(node).renew()
  return node
}

/** Signs a person in, by default a new one. */
export async function pairIn(world: World, person?: Person) {
  return pairOf(world, person ?? (await personWithRoles(world, ['default_user'])))
}

export function kidOf(token: string): string {
  return String(partsOf(token).header.kid)
}

/** Moves the time, renews the lease and deletes expired keys. */
export async function pass(world: World, clock: TestClock, ms: number): Promise<void> {
  clock.forward(ms)
  await revocationNode(world).renew()
  await cleanKeys(world, 100)
}

export async function auditOf(world: World, event: string) {
  const filters = { event, actorId: undefined, targetId: undefined }
  return listAudit(world, { place: readCursor(undefined), limit: 100, filters })
}
