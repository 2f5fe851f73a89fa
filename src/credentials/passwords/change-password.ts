import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { matches } from '#src/credentials/passwords/hash.ts'
import { hashNewPassword } from '#src/credentials/passwords/new-password.ts'
import { AppError } from '#src/errors/errors.ts'
import { refuseBeyond } from '#src/limits/by-address.ts'
import { commitRevoking } from '#src/revocations/commit.ts'
import type { Propagation } from '#src/revocations/propagation.ts'
import { endAll, revokeAll } from '#src/sessions/end-everywhere.ts'
import { requireRecentProof } from '#src/sessions/recent-proof.ts'
import { continueSession, newHandles, pairOfContinued } from '#src/tokens/continue-session.ts'
import { prepareMint, type TokenPair } from '#src/tokens/mint.ts'
import { findUser, replacePasswordHash } from '#src/users/users.sql.ts'
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
 * Changes the password of the caller: every other session ends, the signature rotates, and the caller's
 * session continues with a new pair, and with a new page handle if it is a page session. A wrong current
 * password changes nothing. With a second factor, a recent proof of it is needed too.
 */
export async function changePassword(
  world: World,
  change: Change,
): Promise<{ pair: TokenPair; pageHandle: string | undefined; propagated: Promise<Propagation> }> {
  const { userId, sessionId, current, fresh, address } = change
  // Before the caller's own handle is replaced, which only the new pair contains.
  await prepareMint(world, world.clock.now())
  const user = await findUser(world.db.query, userId)
  if (!user) throw new AppError('not_signed_in')
  if (user.secondFactors.length > 0) await requireRecentProof(world, { user, sessionId })
  const { passwordHash } = user
  await refuseBeyond(world, { name: 'password', of: userId })
  if (!(await matches(world, { password: current, passwordHash, address })))
    throw new AppError('wrong_password')
  const to = await hashNewPassword(world, { password: fresh, owner: user, pointer: '/new', address })
  const handles = newHandles(world.random)
  const { outcome, propagated } = await commitRevoking(world, async (query) => {
    // The row of the user first, as everywhere: of two concurrent changes the second finds the password
    // changed.
    if (!(await replacePasswordHash(query, { userId, from: passwordHash, to, now: world.clock.now() })))
      return overtaken
    const ended = await endAll(query, { ...world, userId, spared: sessionId, reason: 'password_changed' })
    const continuation = await continueSession(query, world, { sessionId, handles })
    await recordEvent(query, world, {
      event: 'password.changed',
      by: change.by,
      target: { kind: 'user', id: userId },
      details: { sessions_ended: ended.sessions },
    })
    return { outcome: continuation, ...(await revokeAll(query, world, ended)) }
  })
  if (!outcome) throw new AppError('not_signed_in')
  return { ...pairOfContinued(world, outcome), propagated }
}

const overtaken = { outcome: undefined, revoked: [] }
