import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { commitRevoking } from '#src/revocations/commit.ts'
import type { Propagation } from '#src/revocations/propagation.ts'
import { endAll, revokeAll } from '#src/sessions/end-everywhere.ts'
import { forgetUser } from '#src/sessions/forget-user.ts'
import { isLastAdmin } from '#src/users/last-admin.ts'
import { deleteUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

export type Removed = 'removed' | 'not_there' | 'last_admin'

/** Deletes a user. No server accepts their tokens once `propagated` resolves. */
export async function removeWithTokens(
  world: World,
  { userId, by }: { userId: string; by: By },
): Promise<{ removed: Removed; propagated: Promise<Propagation> }> {
  const { outcome, propagated } = await commitRevoking<Removed>(world, async (query) => {
    const now = world.clock.now()
    if (await isLastAdmin(query, { userId, now })) return { outcome: 'last_admin', revoked: [] }
    const ended = await endAll(query, { ...world, userId, spared: '', reason: 'deleted' })
    const removed = await deleteUser(query, userId)
    if (removed) await forgetUser(query, userId, now)
    const target = { kind: 'user', id: userId } as const
    // The key of their personal details in the audit log was deleted with the user: the id alone stays.
    if (removed) await recordEvent(query, world, { event: 'user.deleted', by, target, details: {} })
    return {
      outcome: removed ? 'removed' : 'not_there',
      ...(await revokeAll(query, world, ended)),
    }
  })
  return { removed: outcome, propagated }
}
