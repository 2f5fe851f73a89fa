import type { By } from '#src/audit/by.ts'
import { hashNewPassword } from '#src/credentials/passwords/new-password.ts'
import { AppError } from '#src/errors/errors.ts'
import { unseal } from '#src/keys/seal.ts'
import { commitRevoking } from '#src/revocations/commit.ts'
import type { PendingAttempt } from '#src/sign-in/attempt.ts'
import { finishAttempt, newPasswordOf } from '#src/sign-in/attempts.sql.ts'
import { setPassword } from '#src/sign-in/reset.ts'
import type { User } from '#src/users/user.ts'
import { findUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

type Finishing = { readonly attempt: PendingAttempt; readonly user: User; readonly by: By }

/** Sets the password of a reset, now that the second factor is proven too. */
export async function finishReset(world: World, { attempt, user, by }: Finishing): Promise<void> {
  const sealed = await newPasswordOf(world.db.query, attempt.id)
  if (sealed === undefined) throw new AppError('attempt_expired')
  const passwordHash = unseal(world, { purpose: 'new_password', id: attempt.id }, sealed).toString()
  // A user with an unverified email has no second factor that a message would wait for.
  await commitReset(world, { attempt, user, by, passwordHash, isEmailProven: false })
}

type Chosen = {
  readonly attempt: PendingAttempt | undefined
  readonly password: string
  readonly address: string
  readonly by: By
}

/** Replaces a password that an administrator chose, after a sign-in with it that opened no session. */
export async function replacePassword(
  world: World,
  { attempt, password, address, by }: Chosen,
): Promise<void> {
  const isDue = attempt?.purpose === 'reset' && attempt.due.length === 0
  const user = isDue ? await findUser(world.db.query, attempt.userId) : undefined
  const isSame = user?.state === 'active' && user.signature === attempt?.signature
  if (!attempt || !isSame) throw new AppError('attempt_expired')
  const choice = { password, owner: user, pointer: '/password', address }
  const passwordHash = await hashNewPassword(world, choice)
  await commitReset(world, { attempt, user, by, passwordHash, isEmailProven: false })
}

async function commitReset(
  world: World,
  { attempt, ...change }: Finishing & { passwordHash: string; isEmailProven: boolean },
): Promise<void> {
  const { outcome, propagated } = await commitRevoking(world, async (query) => {
    if (!(await finishAttempt(query, attempt.id))) return { outcome: false, revoked: [] }
    return setPassword(query, world, change)
  })
  if (!outcome) throw new AppError('attempt_expired')
  await propagated
}
