import { AppError } from '#src/errors/errors.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Session } from '#src/sessions/session.ts'
import { sessionById } from '#src/sessions/sessions.sql.ts'
import { canSendMail, type Settings } from '#src/settings/settings.ts'
import type { FactorKind } from '#src/users/factor.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

/**
 * How long a proof counts as recent, for actions that an attacker at an unattended screen must not be able to
 * do.
 */
const recentProofMs = 10 * 60 * 1000

/**
 * Throws `step_up_required` unless the user authenticated in this session within the last ten minutes, with a
 * second factor if the user has one. The session row decides, not a token, which may be an hour old.
 */
export async function requireRecentProof(
  world: World,
  { user, sessionId }: { user: User; sessionId: string },
): Promise<void> {
  const session = await sessionById(world.db.query, sessionId)
  // It may have ended since its access token was checked, and then a proof would not help.
  if (session?.state !== 'live' || session.userId !== user.id) throw new AppError('not_signed_in')
  if (isRecent(session, user, world.clock.now())) return
  throw new AppError('step_up_required', { methods: stepUpMethods(world.settings, user) })
}

/** The same as a boolean, for pages that show possible changes. */
export async function hasRecentProof(
  { db, clock }: World,
  { user, sessionId }: { user: User; sessionId: string },
): Promise<boolean> {
  const session = await sessionById(db.query, sessionId)
  return session !== undefined && isRecent(session, user, clock.now())
}

function isRecent(session: Session, user: User, now: Instant): boolean {
  const isFresh = now - session.authenticatedAt <= recentProofMs
  const isStrong = user.secondFactors.length === 0 || session.level === 'aal2'
  return isFresh && isStrong
}

/**
 * The methods for a recent proof: a second factor if there is one, otherwise the password, a passkey or a
 * code sent to the verified email.
 */
export function stepUpMethods(settings: Settings, user: User): readonly FactorKind[] {
  const mayMail = user.emailVerifiedAt !== undefined && canSendMail(settings)
  if (user.secondFactors.length > 0)
    return user.secondFactors.filter((kind) => kind !== 'email_code' || mayMail)
  return [
    ...(user.passwordHash === undefined ? [] : (['password'] as const)),
    ...(user.hasPasskey ? (['passkey'] as const) : []),
    ...(mayMail ? (['email_code'] as const) : []),
  ]
}

/** The methods among them that raise a session to `aal2`. */
export function secondFactorMethods({ secondFactors, hasPasskey }: User): readonly FactorKind[] {
  if (secondFactors.length > 0) return secondFactors
  return hasPasskey ? ['passkey'] : []
}
