import type { By } from '#src/audit/by.ts'
import type { FactorKind } from '#src/users/factor.ts'
import type { User } from '#src/users/user.ts'
import { securityLog } from '#src/world/security-log.ts'
import type { World } from '#src/world/world.ts'

export type SignInReason =
  | 'none'
  | 'wrong_credentials'
  | 'wrong_code'
  | 'wrong_passkey'
  | 'disabled'
  | 'limited'
  | 'busy'

/** Counts a sign-in that succeeded. */
export function countSignIn({ metrics }: World): void {
  metrics.count('sigil_sign_ins_total', { outcome: 'signed_in', reason: 'none' })
}

type About = {
  readonly by: Pick<By, 'address' | 'requestId'>
  readonly method: FactorKind
  readonly user: Pick<User, 'id'> | undefined
}

/** Counts and logs a failed sign-in. The login is not logged: people type passwords into its field. */
export function countFailure(
  world: World,
  reason: Exclude<SignInReason, 'none'>,
  { by, method, user }: About,
): void {
  const fields = { reason, method, address: by.address, request_id: by.requestId, user_id: user?.id }
  securityLog(world)('info', fields, 'Sign-in failed')
  world.metrics.count('sigil_sign_ins_total', { outcome: 'refused', reason })
}
