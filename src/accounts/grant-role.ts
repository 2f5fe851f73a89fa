import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { AppError } from '#src/errors/errors.ts'
import { commitRevoking } from '#src/revocations/commit.ts'
import type { Propagation } from '#src/revocations/propagation.ts'
import { renewSignature } from '#src/sessions/end-everywhere.ts'
import { giveRole } from '#src/users/grants.ts'
import type { World } from '#src/world/world.ts'

/** Grants a role. No session ends, but old tokens are revoked, so that the next request carries the role. */
export async function grantRole(
  world: World,
  { userId, role, by }: { userId: string; role: string; by: By },
): Promise<{ propagated: Promise<Propagation> }> {
  const { outcome, propagated } = await commitRevoking(world, async (query) => {
    const granted = await giveRole(query, { userId, role, now: world.clock.now() })
    const isNew = granted === 'granted'
    if (isNew) {
      const target = { kind: 'user', id: userId } as const
      await recordEvent(query, world, { event: 'role.granted', by, target, details: { role } })
    }
    return { outcome: granted, revoked: isNew ? await renewSignature(query, world, userId) : [] }
  })
  if (outcome === 'no_such_role' || outcome === 'no_such_user') throw new AppError('not_found')
  if (outcome === 'too_many_roles') throw new AppError('too_many_roles')
  return { propagated }
}
