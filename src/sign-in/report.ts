import { undoDeletion } from '#src/accounts/restore.ts'
import { asUser, type By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { useCode } from '#src/credentials/email-codes/email-codes.sql.ts'
import { makeCode, subjectOfEmail } from '#src/credentials/email-codes/issue.ts'
import { matchLeaving } from '#src/credentials/email-codes/match.ts'
import { AppError } from '#src/errors/errors.ts'
import { commitRevoking } from '#src/revocations/commit.ts'
import type { RevokingQuery } from '#src/revocations/log/revoking-query.ts'
import { endAll, revokeAll } from '#src/sessions/end-everywhere.ts'
import { Duplicate, type Query } from '#src/store/db.ts'
import { changeIdentity } from '#src/users/change-identity.ts'
import { markEmailVerified } from '#src/users/email-owner.sql.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

/** The token of a link that sets a new password, for the next page. */
export type Secured = { readonly resetToken: string }

/** "This was not me": ends every session, and returns a link for a new password. */
export async function reportNotMe(world: World, { token, by }: { token: string; by: By }): Promise<Secured> {
  return secure(world, { purpose: 'not_me', token, by }, async (query, { user }) => {
    await recordEvent(query, world, {
      event: 'user.reported',
      by: asUser(by, user.id),
      target: { kind: 'user', id: user.id },
      details: {},
    })
    return user.email
  })
}

/** Restores the former email of a user, ends every session, and returns a link for a new password. */
export async function undoEmailChange(
  world: World,
  { token, by }: { token: string; by: By },
): Promise<Secured> {
  return secure(world, { purpose: 'undo_email', token, by }, async (query, { user, email }) => {
    const now = world.clock.now()
    const change = await changeIdentity(query, { userId: user.id, edit: { email } })
    if (change.kind !== 'changed') return undefined
    await markEmailVerified(query, { userId: user.id, email, now })
    await recordEvent(query, world, {
      event: 'email.restored',
      by: asUser(by, user.id),
      target: { kind: 'user', id: user.id },
      details: {},
      personal: { before: { email: user.email }, after: { email } },
    })
    return email
  })
}

type Act = (query: Query, about: { user: User; email: string }) => Promise<string | undefined>

/** It also undoes a deletion: the person who took the account over may have begun it. */
async function secure(
  world: World,
  { by, ...link }: { purpose: 'not_me' | 'undo_email'; token: string; by: By },
  act: Act,
): Promise<Secured> {
  const matched = await matchLeaving(world, link)
  if (!matched) throw new AppError('invalid_link')
  const { user, code } = matched
  const { outcome, propagated } = await commitRevoking(world, async (query: RevokingQuery) => {
    if (!(await useCode(query, code.id, world.clock.now()))) return overtaken
    const isKept = await undoDeletion(query, world, { userId: user.id, by })
    if (user.deletesAt !== undefined && !isKept) return overtaken
    const email = await act(query, matched)
    if (email === undefined) return overtaken
    const ended = await endAll(query, { ...world, userId: user.id, spared: '', reason: 'revoked' })
    const subject = subjectOfEmail(world, email)
    const reset = await makeCode(query, world, { purpose: 'reset', subject, userId: user.id, email })
    return { outcome: { resetToken: reset.token }, ...(await revokeAll(query, world, ended)) }
  }).catch((error) => {
    // Another user has taken the former address.
    if (error instanceof Duplicate) throw new AppError('invalid_link')
    throw error
  })
  if (!outcome) throw new AppError('invalid_link')
  await propagated
  return outcome
}

const overtaken = { outcome: undefined, revoked: [] }
