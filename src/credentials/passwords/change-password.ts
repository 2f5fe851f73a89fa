import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { matches } from '#src/credentials/passwords/hash.ts'
import { hashNewPassword } from '#src/credentials/passwords/new-password.ts'
import { AppError } from '#src/errors/errors.ts'
import { refuseBeyond } from '#src/limits/by-address.ts'
import { randomId } from '#src/platform/random.ts'
import { commitRevoking } from '#src/revocations/commit.ts'
import type { Propagation } from '#src/revocations/propagation.ts'
import { endAll, revokeAll } from '#src/sessions/end-everywhere.ts'
import { requireRecentProof } from '#src/sessions/recent-proof.ts'
import { renewHandle } from '#src/sessions/renew-handle.ts'
import type { Query } from '#src/store/db.ts'
import { findTokenSubject } from '#src/tokens/find-token-subject.ts'
import { mintPair, refuseByWrongClock, type TokenPair } from '#src/tokens/mint.ts'
import { replacePassword } from '#src/users/change.ts'
import { findUser } from '#src/users/find.ts'
import type { World } from '#src/world/world.ts'

type Change = {
  readonly userId: string
  readonly sessionId: string
  readonly current: string
  readonly fresh: string
  readonly address: string
  readonly by: By
}

/**
 * A new password: every other session ends, the signature rotates, and the caller's own session goes on with
 * a new pair. A wrong current password changes nothing, and neither does a session that ended meanwhile.
 */
export async function changePassword(
  world: World,
  change: Change,
): Promise<{ pair: TokenPair; propagated: Promise<Propagation> }> {
  const { userId, sessionId, current, fresh, address } = change
  // Before the caller's own handle is another one, which only the new pair tells.
  refuseByWrongClock(world, world.clock.now())
  const user = await findUser(world.db.query, userId)
  if (!user) throw new AppError('not_signed_in')
  const { passwordHash } = user
  // Where a second factor is on, the password alone does not replace itself.
  if (user.secondFactors.length > 0) await requireRecentProof(world, { user, sessionId })
  await refuseBeyond(world, { name: 'password', of: userId })
  if (!(await matches(world, { password: current, passwordHash, address })))
    throw new AppError('wrong_password')
  const to = await hashNewPassword(world, { password: fresh, owner: user, pointer: '/new', address })
  const handle = randomId(world.random)
  const { outcome, propagated } = await commitRevoking(world, async (query) => {
    // The row of the user first, as everywhere: a second change of the same password finds it changed.
    if (!(await replacePassword(query, { userId, from: passwordHash, to }))) return overtaken
    const ended = await endAll(query, { ...world, userId, spared: sessionId, reason: 'password_changed' })
    const subject = await goOn(query, world, { sessionId, handle })
    await recordEvent(query, world, {
      event: 'password.changed',
      by: change.by,
      target: { kind: 'user', id: userId },
      details: { sessions_ended: ended.sessions },
    })
    return { outcome: subject, ...(await revokeAll(query, world, ended)) }
  })
  if (!outcome) throw new AppError('not_signed_in')
  return { pair: mintPair(world, { ...outcome, handle, counter: 0 }), propagated }
}

const overtaken = { outcome: undefined, revoked: [] }

async function goOn(
  query: Query,
  { clock }: World,
  { sessionId, handle }: { sessionId: string; handle: string },
) {
  const now = clock.now()
  const renewed = await renewHandle(query, { sessionId, handle, now })
  const subject = renewed ? await findTokenSubject(query, { sessionId, now }) : undefined
  // Nothing has been announced yet: this throw undoes the new password, too.
  if (!subject) throw new AppError('not_signed_in')
  return { subject, now }
}
