import { asUser, type By } from '#src/audit/by.ts'
import { recordEvent } from '#src/audit/record-event.ts'
import { hashNewPassword } from '#src/credentials/passwords/new-password.ts'
import { AppError } from '#src/errors/errors.ts'
import type { Query } from '#src/store/db.ts'
import { checkedEmail, refuseBadUsername } from '#src/users/checked-names.ts'
import { createUser } from '#src/users/create.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

export type SigningUp = {
  readonly email: string
  readonly password: string
  readonly username: string | undefined
  readonly fullName: string | undefined
  readonly address: string
  readonly by: By
}

/**
 * Somebody makes a user for themselves, with its signature and the one role that everybody has, all in one
 * transaction; of twenty who want one email, one gets it.
 */
export async function signUp(world: World, wish: SigningUp): Promise<User> {
  refuseWhereClosed(world)
  const email = checkedEmail(wish.email)
  const { username, fullName } = wish
  refuseBadUsername(username)
  const owner = { email, username, fullName }
  const { password, address } = wish
  const passwordHash = await hashNewPassword(world, { password, owner, pointer: '/password', address })
  const person = { email, username, fullName, passwordHash, roles: ['default_user'] }
  const { random, clock, db } = world
  const created = await db.transaction(async (query) => {
    const outcome = await createUser(query, { random, now: clock.now(), person })
    if (outcome.kind === 'created') await recordSignUp(query, world, { by: wish.by, user: outcome.user })
    return outcome
  })
  if (created.kind === 'email_taken') throw new AppError('already_registered')
  if (created.kind === 'username_taken') throw new AppError('username_taken')
  return created.user
}

/** By `SIGIL_SIGN_UP`. Administrators make users all the same. */
export function refuseWhereClosed({ settings }: Pick<World, 'settings'>): void {
  if (settings.signUp === 'closed') throw new AppError('sign_up_closed')
}

async function recordSignUp(query: Query, world: World, { by, user }: { by: By; user: User }): Promise<void> {
  const { id, email, username, roles } = user
  await recordEvent(query, world, {
    event: 'user.signed_up',
    by: asUser(by, id),
    target: { kind: 'user', id },
    details: { after: { roles } },
    personal: { after: { email, username } },
  })
}
