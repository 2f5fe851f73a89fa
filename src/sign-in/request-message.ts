import { sendCode, subjectOfEmail } from '#src/credentials/email-codes/issue.ts'
import type { Language } from '#src/errors/error-codes.ts'
import { AppError } from '#src/errors/errors.ts'
import { refuseBeyond } from '#src/limits/by-address.ts'
import { wakeOutbox } from '#src/outbox/enqueue.ts'
import { canSendMail } from '#src/settings/settings.ts'
import { BrokenReference } from '#src/store/db.ts'
import { checkedEmail } from '#src/users/checked-names.ts'
import type { User } from '#src/users/user.ts'
import { findUserByEmail } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

type Purpose = 'reset' | 'sign_in' | 'verify_email'

type Request = {
  readonly purpose: Purpose
  readonly email: string
  readonly language: Language
  readonly browserHash?: string | undefined
}

/**
 * Sends a message to an address, if it belongs to a user. An unknown address costs the same: one lookup, one
 * stored code, one delivery that sends nothing. So the response does not reveal who has an account.
 */
export async function requestMessage(world: World, request: Request): Promise<void> {
  if (!canSendMail(world.settings)) throw new AppError('no_mail')
  const email = checkedEmail(request.email)
  await refuseBeyond(world, { name: 'messages', of: email })
  const user = await findUserByEmail(world.db.query, email)
  const { purpose, language, browserHash } = request
  const userId = user && isFor(purpose, user) ? user.id : undefined
  const message = { kind: purpose, language, values: { email } }
  const about = { purpose, subject: subjectOfEmail(world, email), email, browserHash, message }
  const send = (to: string | undefined) =>
    world.db.transaction((query) => sendCode(query, world, { ...about, userId: to }))
  await send(userId).catch((error) => {
    // The user has just been deleted, so the address is now unknown.
    if (error instanceof BrokenReference) return send(undefined)
    throw error
  })
  wakeOutbox(world)
}

function isFor(purpose: Purpose, { state, emailVerifiedAt }: User): boolean {
  return state === 'active' && (purpose !== 'verify_email' || emailVerifiedAt === undefined)
}
