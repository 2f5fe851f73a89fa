import type { By } from '#src/audit/by.ts'
import { writeOpaqueToken } from '#src/keys/opaque-token.ts'
import { randomId } from '#src/platform/random.ts'
import { hashOf } from '#src/sessions/handle.ts'
import type { PendingAttempt } from '#src/sign-in/attempt.ts'
import { insertAttempt } from '#src/sign-in/attempts.sql.ts'
import { finish, type SignedIn } from '#src/sign-in/finish.ts'
import type { FactorKind } from '#src/users/factor.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

export type SignInResult =
  | ({ readonly kind: 'signed_in' } & SignedIn)
  | {
      readonly kind: 'mfa_required'
      /** Names the attempt at the next step, and opens nothing else. The database keeps its hash. */
      readonly mfaToken: string
      /** Any one of these goes on. */
      readonly methods: readonly FactorKind[]
      /** Any one of these has to be set up first: the user has no second factor, and the policy wants one. */
      readonly enroll: readonly FactorKind[]
      readonly user: User
    }

/** After the first factor: signs in where nothing further is due, else puts the attempt at rest. */
export async function proceed(
  world: World,
  step: { attempt: PendingAttempt; user: User; freshHash: string | undefined; by: By },
): Promise<SignInResult | undefined> {
  const { attempt, user } = step
  if (attempt.due.length > 0) return rest(world, attempt, user)
  const signedIn = await finish(world, { ...step, isStored: false })
  return signedIn && { kind: 'signed_in', ...signedIn }
}

/** What an attempt at rest waits for: a factor that the user has, or one to be set up. */
export function askedOf(
  { secondFactors }: User,
  { due }: PendingAttempt,
): { methods: readonly FactorKind[]; enroll: readonly FactorKind[] } {
  return secondFactors.length === 0 ? { methods: [], enroll: due } : { methods: due, enroll: [] }
}

async function rest(world: World, attempt: PendingAttempt, user: User): Promise<SignInResult> {
  const secret = randomId(world.random)
  await insertAttempt(world.db.query, attempt, hashOf(secret))
  const mfaToken = writeOpaqueToken(world.keys, 'mfa_token', secret)
  return { kind: 'mfa_required', mfaToken, ...askedOf(user, attempt), user }
}
