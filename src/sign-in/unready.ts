import { AppError } from '#src/errors/errors.ts'
import { emailVerificationOf } from '#src/settings/settings.ts'
import { isLockedOut } from '#src/sign-in/begin.ts'
import { requestMessage } from '#src/sign-in/request-message.ts'
import type { FactorKind } from '#src/users/factor.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

/** Why a correct first factor does not sign in. Not revealed without the correct factor. */
export async function whyUnready(world: World, user: User, first: FactorKind): Promise<AppError | undefined> {
  if (isLockedOut(world, user, first)) return new AppError('account_locked')
  if (emailVerificationOf(world.settings) !== 'required' || user.emailVerifiedAt !== undefined)
    return undefined
  const request = { purpose: 'verify_email', email: user.email, language: user.language } as const
  await requestMessage(world, request).catch((error) => {
    // The earlier messages are enough.
    if (!(error instanceof AppError)) throw error
  })
  return new AppError('email_not_verified')
}
