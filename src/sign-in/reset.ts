import { dropUnprovenOwner } from '#src/accounts/evict.ts'
import { asUser, type By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { useCode, useUpResets } from '#src/credentials/email-codes/email-codes.sql.ts'
import type { Matched } from '#src/credentials/email-codes/match.ts'
import { hashNewPassword } from '#src/credentials/passwords/new-password.ts'
import { AppError } from '#src/errors/errors.ts'
import { seal } from '#src/keys/seal.ts'
import { commitRevoking } from '#src/revocations/commit.ts'
import type { Revoked } from '#src/revocations/log/revocation.ts'
import type { RevokingQuery } from '#src/revocations/log/revoking-query.ts'
import { type AllEnded, endAll, revokeAll } from '#src/sessions/end-everywhere.ts'
import type { Client } from '#src/sessions/session.ts'
import { next, type PendingAttempt } from '#src/sign-in/attempt.ts'
import { insertAttempt } from '#src/sign-in/attempts.sql.ts'
import { attemptOf, policyFor } from '#src/sign-in/begin.ts'
import { newMfaToken } from '#src/sign-in/proceed.ts'
import { type FromMessage, matchMessage, wrongProof } from '#src/sign-in/verify-email.ts'
import { setNewPassword } from '#src/users/email-owner.sql.ts'
import { type FactorKind, factorTraits } from '#src/users/factor.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

type Reset = {
  readonly proof: FromMessage
  readonly password: string
  readonly client: Client
  readonly forPages: boolean
  readonly by: By
}

export type ResetResult =
  | { readonly kind: 'reset' }
  | { readonly kind: 'mfa_required'; readonly mfaToken: string; readonly methods: readonly FactorKind[] }

/**
 * Sets a new password with the code or link of a message. Every session ends, and second factors stay: the
 * password is set only after a second factor is proven, if there is one.
 */
export async function resetPassword(world: World, reset: Reset): Promise<ResetResult> {
  const { proof, password, client } = reset
  const matched = await matchMessage(world, 'reset', proof)
  const { user } = matched
  // Before the code is used up: a password that is rejected must not cost another message.
  const passwordHash = await hashNewPassword(world, {
    password,
    owner: user,
    pointer: '/password',
    address: client.address,
  })
  const attempt = attemptAfterMessage(world, matched, reset)
  if (attempt.due.length > 0) return waitForSecondFactor(world, { reset, matched, attempt, passwordHash })
  const { outcome, propagated } = await commitRevoking(world, async (query) => {
    if (!(await useCode(query, matched.code.id, world.clock.now()))) return overtaken
    return setPassword(query, world, { user, passwordHash, by: reset.by, isEmailProven: isMessage(matched) })
  })
  if (!outcome) throw wrongProof(proof)
  await propagated
  return { kind: 'reset' }
}

/** The factors of a user with an unverified email do not count: the reset removes them. */
function attemptAfterMessage(
  world: World,
  matched: Matched,
  { client, forPages }: Pick<Reset, 'client' | 'forPages'>,
): PendingAttempt {
  const { user } = matched
  const isUnproven = isMessage(matched) && user.emailVerifiedAt === undefined
  const owner = isUnproven ? { ...user, secondFactors: [] } : user
  const begun = attemptOf(world, { user, client, purpose: 'reset', forPages })
  const factor = { kind: 'email_code', amr: factorTraits.email_code.amr, at: world.clock.now() } as const
  // A required second factor that is missing is set up at the next sign-in, not here.
  return next(begun, factor, { secondFactors: dueAtReset(world, owner), enroll: [] })
}

/**
 * A user who forgot the password cannot prove it. If codes by mail are the second factor, the message has
 * already proven that factor, and the next sign-in requires both.
 */
function dueAtReset(world: World, user: User): readonly FactorKind[] {
  const isMailEnough =
    user.secondFactors.includes('email_code') &&
    !user.secondFactors.some((kind) => kind === 'totp' || kind === 'passkey')
  if (isMailEnough) return []
  return policyFor(world, user, 'email_code').secondFactors.filter((kind) => kind !== 'password')
}

/** The link of an administrator proves nothing about who reads mail to the address. */
function isMessage({ code }: Matched): boolean {
  return code.purpose === 'reset'
}

async function waitForSecondFactor(
  world: World,
  waiting: { reset: Reset; matched: Matched; attempt: PendingAttempt; passwordHash: string },
): Promise<ResetResult> {
  const { reset, matched, attempt, passwordHash } = waiting
  const { mfaToken, tokenHash } = newMfaToken(world)
  const newPassword = seal(world, { purpose: 'new_password', id: attempt.id }, passwordHash)
  const isUsed = await world.db.transaction(async (query) => {
    if (!(await useCode(query, matched.code.id, world.clock.now()))) return false
    await insertAttempt(query, { attempt, tokenHash, newPassword })
    return true
  })
  if (!isUsed) throw wrongProof(reset.proof)
  return { kind: 'mfa_required', mfaToken, methods: attempt.due }
}

type NewPassword = {
  readonly user: User
  readonly passwordHash: string
  readonly by: By
  /** Whether access to the user's mailbox was proven. */
  readonly isEmailProven: boolean
}

type Decided = { outcome: boolean; revoked: readonly Revoked[]; ended?: readonly AllEnded[] }

/** A step: sets the password, and ends every earlier session and token. */
export async function setPassword(
  query: RevokingQuery,
  world: World,
  { user, passwordHash, by, isEmailProven }: NewPassword,
): Promise<Decided> {
  if (isEmailProven) await dropUnprovenOwner(query, world, { user, by })
  const now = world.clock.now()
  const change = { userId: user.id, signature: user.signature, passwordHash, mustChangeAt: undefined, now }
  // Rolls back the use of the code: another call has just changed the user.
  if (!(await setNewPassword(query, change))) throw new AppError('invalid_link')
  await useUpResets(query, user.id, now)
  const ended = await endAll(query, { ...world, userId: user.id, spared: '', reason: 'password_changed' })
  await recordEvent(query, world, {
    event: 'password.reset',
    by: asUser(by, user.id),
    target: { kind: 'user', id: user.id },
    details: { sessions_ended: ended.sessions },
  })
  return { outcome: true, ...(await revokeAll(query, world, ended)) }
}

const overtaken: Decided = { outcome: false, revoked: [] }
