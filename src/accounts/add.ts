import type { By } from '#src/audit/by.ts'
import { type Happening, recordEvent } from '#src/audit/record-event.ts'
import { hashNewPassword } from '#src/credentials/passwords/new-password.ts'
import { AppError } from '#src/errors/errors.ts'
import { BrokenReference, type Query } from '#src/store/db.ts'
import { checkedEmail, refuseBadUsername } from '#src/users/checked-names.ts'
import { createUser } from '#src/users/create.ts'
import { fitOneUser } from '#src/users/role.ts'
import { findRole } from '#src/users/roles.sql.ts'
import type { User } from '#src/users/user.ts'
import { setEmailVerified } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

export type Adding = {
  readonly email: string
  /** Without a password, the user cannot sign in with one until it is set. */
  readonly password: string | undefined
  readonly username: string | undefined
  readonly fullName: string | undefined
  readonly roles: readonly string[]
  /** Whether the administrator vouches for the email. */
  readonly isEmailVerified?: boolean
  readonly address: string
  readonly by: By
}

/** Creates a user for an administrator, with the given roles and an unverified email. */
export async function addUser(world: World, adding: Adding): Promise<User> {
  const email = checkedEmail(adding.email)
  const { username, fullName } = adding
  refuseBadUsername(username)
  const roles = [...new Set(adding.roles)]
  await rejectUnknown(world.db.query, roles)
  if (!fitOneUser(roles)) throw new AppError('too_many_roles')
  const passwordHash = await hashOf(world, { ...adding, email })
  const person = { email, username, fullName, passwordHash, roles }
  const { random, clock, db } = world
  const created = await db
    .transaction(async (query) => {
      const outcome = await createUser(query, { random, now: clock.now(), person })
      if (outcome.kind === 'created' && adding.isEmailVerified)
        await setEmailVerified(query, outcome.user.id, clock.now())
      if (outcome.kind === 'created') await recordEvent(query, world, creationOf(outcome.user, adding.by))
      return outcome
    })
    .catch(rejectDeletedRole)
  if (created.kind === 'email_taken') throw new AppError('already_registered')
  if (created.kind === 'username_taken') throw new AppError('username_taken')
  return created.user
}

function creationOf({ id, email, username, roles }: User, by: By): Happening {
  const personal = { after: { email, username } }
  return { event: 'user.created', by, target: { kind: 'user', id }, details: { after: { roles } }, personal }
}

async function hashOf(
  world: World,
  { password, email, username, fullName, address }: Adding,
): Promise<string | undefined> {
  if (password === undefined) return undefined
  const owner = { email, username, fullName }
  return hashNewPassword(world, { password, owner, pointer: '/password', address })
}

async function rejectUnknown(query: Query, roles: readonly string[]): Promise<void> {
  for (const [index, role] of roles.entries()) {
    if (!(await findRole(query, role))) throw unknownRole(`/roles/${index}`)
  }
}

/** A role was deleted after the check; the foreign key detected it. */
function rejectDeletedRole(error: unknown): never {
  throw error instanceof BrokenReference ? unknownRole('/roles') : error
}

function unknownRole(pointer: string): AppError {
  return new AppError('invalid_request', { errors: [{ pointer, code: 'unknown_role' }] })
}
