import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { expiryOf } from '#src/credentials/email-codes/email-code.ts'
import { useUpResets } from '#src/credentials/email-codes/email-codes.sql.ts'
import { linkTo, makeCode } from '#src/credentials/email-codes/issue.ts'
import { hashNewPassword } from '#src/credentials/passwords/new-password.ts'
import { AppError } from '#src/errors/errors.ts'
import type { Instant } from '#src/platform/clock.ts'
import { commitRevoking } from '#src/revocations/commit.ts'
import type { Propagation } from '#src/revocations/propagation.ts'
import { endAll, revokeAll } from '#src/sessions/end-everywhere.ts'
import { forgetFailedPasswords, setNewPassword } from '#src/users/email-owner.sql.ts'
import { findUser, lockUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

type Setting = {
  readonly userId: string
  readonly password: string
  /** The next sign-in with it has to replace it. */
  readonly mustChange: boolean
  readonly address: string
  readonly by: By
}

/** An administrator sets the password of a user. Every session of theirs ends; second factors stay. */
export async function setPasswordOf(
  world: World,
  { userId, password, mustChange, address, by }: Setting,
): Promise<{ propagated: Promise<Propagation> }> {
  const user = await findUser(world.db.query, userId)
  if (!user) throw new AppError('not_found')
  const passwordHash = await hashNewPassword(world, { password, owner: user, pointer: '/password', address })
  const { outcome, propagated } = await commitRevoking(world, async (query) => {
    const now = world.clock.now()
    const mustChangeAt = mustChange ? now : undefined
    const change = { userId, signature: user.signature, passwordHash, mustChangeAt, now }
    if (!(await setNewPassword(query, change))) return { outcome: false, revoked: [] }
    await useUpResets(query, userId, now)
    const ended = await endAll(query, { ...world, userId, spared: '', reason: 'password_changed' })
    await recordEvent(query, world, {
      event: 'password.set',
      by,
      target: { kind: 'user', id: userId },
      details: { sessions_ended: ended.sessions, must_change: mustChange ? 'yes' : 'no' },
    })
    return { outcome: true, ...(await revokeAll(query, world, ended)) }
  })
  // The user was changed or deleted in the meantime: decide again with the current state.
  if (!outcome) return setPasswordOf(world, { userId, password, mustChange, address, by })
  return { propagated }
}

export type ResetLink = { readonly url: string; readonly expiresAt: Instant }

/**
 * A link for a user who gets no mail: it works once, for an hour, and sets a new password. It does not verify
 * the user's email.
 */
export async function createResetLink(
  world: World,
  { userId, by }: { userId: string; by: By },
): Promise<ResetLink> {
  const user = await findUser(world.db.query, userId)
  if (!user) throw new AppError('not_found')
  const { email } = user
  const made = await world.db.transaction(async (query) => {
    if (!(await lockUser(query, userId))) return undefined
    const now = world.clock.now()
    const { token } = await makeCode(query, world, {
      purpose: 'reset_link',
      subject: userId,
      userId,
      email,
    })
    await recordEvent(query, world, {
      event: 'reset_link.created',
      by,
      target: { kind: 'user', id: userId },
      details: {},
    })
    return { token, now }
  })
  if (!made) throw new AppError('not_found')
  const { token, now } = made
  return { url: linkTo(world, '/reset-password', token), expiresAt: expiryOf('reset_link', now) }
}

/** Unlocks an account after 100 wrong passwords in a row. Throws `not_found`. */
export async function unlock(world: World, { userId, by }: { userId: string; by: By }): Promise<void> {
  const isThere = await world.db.transaction(async (query) => {
    if (!(await forgetFailedPasswords(query, userId))) return false
    await recordEvent(query, world, {
      event: 'user.unlocked',
      by,
      target: { kind: 'user', id: userId },
      details: {},
    })
    return true
  })
  if (!isThere) throw new AppError('not_found')
}
