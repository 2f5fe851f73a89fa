import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { isLastMethod } from '#src/credentials/upstream/identity.ts'
import { deleteIdentity, identitiesOf } from '#src/credentials/upstream/upstream.sql.ts'
import { AppError } from '#src/errors/errors.ts'
import { requireRecentProof } from '#src/sessions/recent-proof.ts'
import type { User } from '#src/users/user.ts'
import { findUser, lockUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

type Disconnecting = {
  readonly user: User
  readonly sessionId: string
  readonly id: string
  readonly by: By
}

/**
 * Removes a connection. Needs a recent proof. The last way to sign in cannot be removed: the lock of the
 * user's row serializes concurrent removals.
 */
export async function disconnect(world: World, { user, sessionId, id, by }: Disconnecting): Promise<void> {
  await requireRecentProof(world, { user, sessionId })
  await disconnectFrom(world, { userId: user.id, id, by })
}

/** The same for an administrator, whose recent proof was checked before. */
export async function disconnectFrom(
  world: World,
  { userId, id, by }: { userId: string; id: string; by: By },
): Promise<void> {
  const outcome = await world.db.transaction(async (query) => {
    const current = (await lockUser(query, userId)) && (await findUser(query, userId))
    const connections = await identitiesOf(query, userId)
    const connection = connections.find((one) => one.id === id)
    if (!current || !connection) return 'not_found'
    if (isLastMethod(current, connections.length)) return 'last_sign_in_method'
    await deleteIdentity(query, userId, id)
    await recordEvent(query, world, {
      event: 'connection.removed',
      by,
      target: { kind: 'user', id: userId },
      details: { connection: id, provider: connection.provider, issuer: connection.issuer },
    })
    return 'removed'
  })
  if (outcome !== 'removed') throw new AppError(outcome)
}
