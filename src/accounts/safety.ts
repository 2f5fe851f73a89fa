import { listFactors } from '#src/accounts/list-factors.ts'
import { passkeysOf } from '#src/credentials/passkeys/passkeys.sql.ts'
import type { Instant } from '#src/platform/clock.ts'
import { failedSignInsSince } from '#src/sessions/history.sql.ts'
import { canSendMail } from '#src/settings/settings.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

const weekMs = 7 * 24 * 60 * 60 * 1000
/** A few wrong passwords are usually typos of the owner. */
const manyFailures = 20
const fewCodes = 3

/** Recommendations for the owner of an account. */
export type Advice = 'verify_email' | 'add_second_factor' | 'renew_codes' | 'check_failures'

export type Safety = {
  readonly hasPassword: boolean
  /** Undefined if it was imported and not changed since. */
  readonly passwordChangedAt: Instant | undefined
  readonly hasSecondFactor: boolean
  readonly passkeys: number
  readonly recoveryCodesLeft: number
  readonly failuresThisWeek: number
  readonly advice: readonly Advice[]
}

/** Returns a security check-up of an account, for its owner. */
export async function safetyOf(world: World, user: User): Promise<Safety> {
  const { db, clock, settings } = world
  const { query } = db
  const [passkeys, { recoveryCodesLeft }, failuresThisWeek] = await Promise.all([
    passkeysOf(query, user.id),
    listFactors(query, user.id),
    failedSignInsSince(query, user.id, clock.now() - weekMs),
  ])
  const hasSecondFactor = user.secondFactors.length > 0
  const isMailUnproven = user.emailVerifiedAt === undefined && canSendMail(settings)
  const isSinglePassword = !hasSecondFactor && passkeys.length === 0
  const advice: (Advice | false)[] = [
    failuresThisWeek >= manyFailures && 'check_failures',
    isMailUnproven && 'verify_email',
    isSinglePassword && settings.mfa !== 'off' && 'add_second_factor',
    hasSecondFactor && recoveryCodesLeft < fewCodes && 'renew_codes',
  ]
  return {
    hasPassword: user.passwordHash !== undefined,
    passwordChangedAt: user.passwordChangedAt,
    hasSecondFactor,
    passkeys: passkeys.length,
    recoveryCodesLeft,
    failuresThisWeek,
    advice: advice.filter((one) => one !== false),
  }
}
