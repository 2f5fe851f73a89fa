import type { By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { useCode } from '#src/credentials/email-codes/email-codes.sql.ts'
import { sendCode } from '#src/credentials/email-codes/issue.ts'
import { matchCode } from '#src/credentials/email-codes/match.ts'
import type { Language } from '#src/errors/error-codes.ts'
import { AppError } from '#src/errors/errors.ts'
import { refuseBeyond } from '#src/limits/by-address.ts'
import { wakeOutbox } from '#src/outbox/enqueue.ts'
import { commitRevoking } from '#src/revocations/commit.ts'
import { endAll, revokeAll } from '#src/sessions/end-everywhere.ts'
import { requireRecentProof } from '#src/sessions/recent-proof.ts'
import { canSendMail } from '#src/settings/settings.ts'
import { BrokenReference, Duplicate } from '#src/store/db.ts'
import {
  type ContinuedSession,
  continueSession,
  newHandles,
  pairOfContinued,
} from '#src/tokens/continue-session.ts'
import { prepareMint } from '#src/tokens/mint.ts'
import { changeIdentity } from '#src/users/change-identity.ts'
import { checkedEmail } from '#src/users/checked-names.ts'
import { markEmailVerified } from '#src/users/email-owner.sql.ts'
import type { User } from '#src/users/user.ts'
import { findUserByEmail } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

type Request = {
  readonly user: User
  readonly sessionId: string
  readonly email: string
  readonly language: Language
}

/**
 * Sends a code to the new email of a user. A taken address gets the same response: its owner gets a message,
 * and the stored code proves nothing.
 */
export async function requestEmailChange(world: World, request: Request): Promise<void> {
  const { user, sessionId, language } = request
  if (!canSendMail(world.settings)) throw new AppError('no_mail')
  const email = checkedEmail(request.email)
  await requireRecentProof(world, { user, sessionId })
  await refuseBeyond(world, { name: 'messages', of: email })
  const isTaken = (await findUserByEmail(world.db.query, email)) !== undefined
  const message = isTaken
    ? ({
        kind: 'address_taken',
        language,
        values: { link: `${world.settings.publicUrl}/sign-in` },
        isSent: true,
      } as const)
    : ({ kind: 'change_email', language } as const)
  const userId = isTaken ? undefined : user.id
  await world.db
    .transaction((query) =>
      sendCode(query, world, { purpose: 'change_email', subject: user.id, userId, email, message }),
    )
    .catch((error) => {
      throw error instanceof BrokenReference ? new AppError('not_signed_in') : error
    })
  wakeOutbox(world)
}

type Confirmation = {
  readonly userId: string
  readonly sessionId: string
  readonly code: string
  readonly language: Language
  readonly by: By
}

/**
 * Changes the email of the user to the address that received the code: every other session ends, this one
 * continues with a new pair, and the former address gets a message with which the change can be undone for a
 * week.
 */
export async function confirmEmailChange(
  world: World,
  { userId, sessionId, code, language, by }: Confirmation,
): Promise<ContinuedSession> {
  await prepareMint(world, world.clock.now())
  await refuseBeyond(world, { name: 'codes', of: userId })
  const matched = await matchCode(world, { purpose: 'change_email', subject: userId, typed: code })
  if (!matched) throw new AppError('invalid_code')
  const { email, user: former } = matched
  const handles = newHandles(world.random)
  const { outcome, propagated } = await commitRevoking(world, async (query) => {
    const now = world.clock.now()
    if (!(await useCode(query, matched.code.id, now))) return overtaken
    const change = await changeIdentity(query, { userId, edit: { email } })
    if (change.kind !== 'changed') return overtaken
    await markEmailVerified(query, { userId, email, now })
    const ended = await endAll(query, { ...world, userId, spared: sessionId, reason: 'email_changed' })
    const continuation = await continueSession(query, world, { sessionId, handles })
    await recordEvent(query, world, {
      event: 'email.changed',
      by,
      target: { kind: 'user', id: userId },
      details: { sessions_ended: ended.sessions },
      personal: { before: { email: former.email }, after: { email } },
    })
    await sendUndo(query, world, { former, email, language })
    return { outcome: continuation, ...(await revokeAll(query, world, ended)) }
  }).catch((error) => {
    // Another user has taken the address in the meantime.
    if (error instanceof Duplicate) throw new AppError('invalid_code')
    throw error
  })
  if (!outcome) throw new AppError('invalid_code')
  wakeOutbox(world)
  await propagated
  return pairOfContinued(world, outcome)
}

const overtaken = { outcome: undefined, revoked: [] }

/** An unverified address may belong to another person, so it gets no link to undo the change. */
async function sendUndo(
  query: World['db']['query'],
  world: World,
  { former, email, language }: { former: User; email: string; language: Language },
): Promise<void> {
  if (former.emailVerifiedAt === undefined) return
  await sendCode(query, world, {
    purpose: 'undo_email',
    // Each change can be undone by itself.
    subject: `${former.id}:${former.email}:${world.clock.now()}`,
    userId: former.id,
    email: former.email,
    message: { kind: 'email_changed', language, values: { email, at: world.clock.now() } },
  })
}
