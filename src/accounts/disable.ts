import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { commitRevoking } from '#src/revocations/commit.ts'
import type { Propagation } from '#src/revocations/propagation.ts'
import { endAll, revokeAll } from '#src/sessions/end-everywhere.ts'
import { isLastAdmin } from '#src/users/last-admin.ts'
import { setUserState } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

export type Disabled = 'disabled' | 'already' | 'last_admin'

/** Disables a user and ends every session. No token is accepted once `propagated` resolves. */
export async function disable(
  world: World,
  { userId, by }: { userId: string; by: By },
): Promise<{ disabled: Disabled; propagated: Promise<Propagation> }> {
  const { outcome, propagated } = await commitRevoking<Disabled>(world, async (query) => {
    const now = world.clock.now()
    if (await isLastAdmin(query, { userId, now })) return { outcome: 'last_admin', revoked: [] }
    const changed = await setUserState(query, { userId, state: 'disabled', now })
    // Also for a user who is already disabled: the response must wait until no token is accepted any more.
    const ended = await endAll(query, { ...world, userId, spared: '', reason: 'disabled' })
    if (changed)
      await recordEvent(query, world, { event: 'user.disabled', by, ...changeOf(userId, 'disabled') })
    return {
      outcome: changed ? 'disabled' : 'already',
      ...(await revokeAll(query, world, ended)),
    }
  })
  return { disabled: outcome, propagated }
}

/** Lets a disabled user sign in again; ended sessions stay ended. Returns false if the user was active. */
export async function enable(world: World, { userId, by }: { userId: string; by: By }): Promise<boolean> {
  const { db, clock } = world
  return db.transaction(async (query) => {
    const changed = await setUserState(query, { userId, state: 'active', now: clock.now() })
    if (changed) await recordEvent(query, world, { event: 'user.enabled', by, ...changeOf(userId, 'active') })
    return changed
  })
}

function changeOf(userId: string, status: 'active' | 'disabled') {
  const before = status === 'active' ? 'disabled' : 'active'
  const details = { before: { status: before }, after: { status } }
  return { target: { kind: 'user', id: userId }, details } as const
}
