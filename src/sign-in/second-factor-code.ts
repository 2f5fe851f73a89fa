import { sendCode } from '#src/credentials/email-codes/issue.ts'
import type { Language } from '#src/errors/error-codes.ts'
import { AppError } from '#src/errors/errors.ts'
import { refuseBeyond } from '#src/limits/by-address.ts'
import { wakeOutbox } from '#src/outbox/enqueue.ts'
import { stepUpMethods } from '#src/sessions/recent-proof.ts'
import { canSendMail } from '#src/settings/settings.ts'
import { notAvailable } from '#src/sign-in/factors.ts'
import { dueOf } from '#src/sign-in/prove.ts'
import { BrokenReference } from '#src/store/db.ts'
import type { User } from '#src/users/user.ts'
import { findUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

/** Sends the code for a sign-in that waits for `email_code`. */
export async function sendSecondFactorCode(
  world: World,
  { mfaToken, language }: { mfaToken: string; language: Language },
): Promise<void> {
  const attempt = await dueOf(world, mfaToken)
  const user = attempt && (await findUser(world.db.query, attempt.userId))
  if (!attempt || user?.signature !== attempt.signature) throw new AppError('attempt_expired')
  if (!attempt.due.includes('email_code')) throw notAvailable()
  await sendProofCode(world, { user, boundTo: attempt.id, language, whenGone: 'attempt_expired' })
}

/** Sends the code for a step-up of a session with the method `email_code`. */
export async function sendStepUpCode(
  world: World,
  { user, sessionId, language }: { user: User; sessionId: string; language: Language },
): Promise<void> {
  if (!stepUpMethods(world.settings, user).includes('email_code')) throw notAvailable()
  await sendProofCode(world, { user, boundTo: sessionId, language, whenGone: 'not_signed_in' })
}

type ProofCode = {
  readonly user: User
  readonly boundTo: string
  readonly language: Language
  readonly whenGone: 'attempt_expired' | 'not_signed_in'
}

/**
 * The code works for one attempt or one session, `boundTo`. Throws the error `whenGone` if the user was
 * deleted meanwhile.
 */
export async function sendProofCode(
  world: World,
  { user, boundTo, language, whenGone }: ProofCode,
): Promise<void> {
  if (!canSendMail(world.settings)) throw new AppError('no_mail')
  const { id: userId, email } = user
  await refuseBeyond(world, { name: 'messages', of: email })
  const message = { kind: 'second_factor', language } as const
  await world.db
    .transaction((query) =>
      sendCode(query, world, { purpose: 'second_factor', subject: boundTo, userId, email, message }),
    )
    .catch((error) => {
      throw error instanceof BrokenReference ? new AppError(whenGone) : error
    })
  wakeOutbox(world)
}
