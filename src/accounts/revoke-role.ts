import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { AppError } from '#src/errors/errors.ts'
import { commitRevoking } from '#src/revocations/commit.ts'
import type { Propagation } from '#src/revocations/propagation.ts'
import { renewSignature } from '#src/sessions/end-everywhere.ts'
import { takeRole } from '#src/users/grants.ts'
import type { World } from '#src/world/world.ts'

/** Revokes a role. No token that carries it is accepted once `propagated` resolves. No session ends. */
export async function revokeRole(
  world: World,
  { userId, role, by }: { userId: string; role: string; by: By },
): Promise<{ propagated: Promise<Propagation> }> {
  const { outcome, propagated } = await commitRevoking(world, async (query) => {
    const taken = await takeRole(query, { userId, role, now: world.clock.now() })
    const isGone = taken === 'taken'
    if (isGone) {
      const target = { kind: 'user', id: userId } as const
      await recordEvent(query, world, { event: 'role.revoked', by, target, details: { role } })
    }
    return { outcome: taken, revoked: isGone ? await renewSignature(query, world, userId) : [] }
  })
  if (outcome === 'no_such_role' || outcome === 'no_such_user') throw new AppError('not_found')
  if (outcome === 'last_admin') throw new AppError('last_admin')
  return { propagated }
}
