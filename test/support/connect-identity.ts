import { offerLink } from '#src/credentials/upstream/connect.ts'
import { insertIdentity, insertState } from '#src/credentials/upstream/upstream.sql.ts'
import { randomId } from '#src/platform/random.ts'
import { hashOf } from '#src/sessions/handle.ts'
import type { World } from '#src/world/world.ts'

/** Connects an identity to a user, with a pending visit and a pending connection. Returns its id. */
export async function connectIdentity(world: World, userId: string): Promise<string> {
  const { random, clock, db } = world
  const now = clock.now()
  const identity = {
    provider: 'company',
    issuer: 'https://company.example',
    subject: randomId(random),
    label: 'ann',
  }
  const id = randomId(random)
  await insertIdentity(db.query, { ...identity, id, userId, linkedAt: now })
  await insertState(db.query, {
    id: randomId(random),
    stateHash: hashOf(randomId(random)),
    browserHash: hashOf(randomId(random)),
    provider: 'company',
    userId,
    destination: undefined,
    expiresAt: now + 60_000,
  })
  await offerLink(world, { identity, userId, destination: undefined })
  return id
}
