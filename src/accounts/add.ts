import type { By } from '#src/audit/by.ts'
import { type Happening, recordEvent } from '#src/audit/record-event.ts'
import { hashNewPassword } from '#src/credentials/passwords/new-password.ts'
import { AppError } from '#src/errors/errors.ts'
import { BrokenReference, type Query } from '#src/store/db.ts'
import { checkedEmail, refuseBadUsername } from '#src/users/checked-names.ts'
import { createUser } from '#src/users/create.ts'
import { findRole } from '#src/users/roles.sql.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

export type Wanted = {
  readonly email: string
  /** Without one nobody signs in with a password until one is set. */
  readonly password: string | undefined
  readonly username: string | undefined
  readonly fullName: string | undefined
  readonly roles: readonly string[]
  readonly address: string
  readonly by: By
}

/**
 * Makes a user on an administrator's word: with the roles that are named, and an address that nobody
 * verified.
 */
export async function addUser(world: World, wanted: Wanted): Promise<User> {
  const email = checkedEmail(wanted.email)
  const { username, fullName } = wanted
  refuseBadUsername(username)
  const roles = [...new Set(wanted.roles)]
  await refuseUnknown(world.db.query, roles)
  const passwordHash = await hashOf(world, { ...wanted, email })
  const person = { email, username, fullName, passwordHash, roles }
  const { random, clock, db } = world
  const created = await db
    .transaction(async (query) => {
      const outcome = await createUser(query, { random, now: clock.now(), person })
      if (outcome.kind === 'created') await recordEvent(query, world, creationOf(outcome.user, wanted.by))
      return outcome
    })
    .catch(refuseDeletedRole)
  if (created.kind === 'email_taken') throw new AppError('already_registered')
  if (created.kind === 'username_taken') throw new AppError('username_taken')
  return created.user
}

function creationOf({ id, email, username, roles }: User, by: By): Happening {
  const details = { after: { email, username, roles } }
  return { event: 'user.created', by, target: { kind: 'user', id }, details }
}

async function hashOf(
  world: World,
  { password, email, username, fullName, address }: Wanted,
): Promise<string | undefined> {
  if (password === undefined) return undefined
  const owner = { email, username, fullName }
  return hashNewPassword(world, { password, owner, pointer: '/password', address })
}

async function refuseUnknown(query: Query, roles: readonly string[]): Promise<void> {
  for (const [index, role] of roles.entries()) {
    if (!(await findRole(query, role))) throw unknownRole(`/roles/${index}`)
  }
}

/** A role that was there a moment ago was deleted beside this; the foreign key saw it. */
function refuseDeletedRole(error: unknown): never {
  throw error instanceof BrokenReference ? unknownRole('/roles') : error
}

function unknownRole(pointer: string): AppError {
  return new AppError('invalid_request', { errors: [{ pointer, code: 'unknown_role' }] })
}
