import type { Instant } from '#src/platform/clock.ts'
import { type Random, randomId } from '#src/platform/random.ts'
import type { Query } from '#src/store/db.ts'
import { folded } from '#src/users/folded.ts'
import { insertGrant } from '#src/users/roles.sql.ts'
import type { User } from '#src/users/user.ts'
import { usernameKey } from '#src/users/username.ts'
import { findUser, findUserByEmail, insertUser } from '#src/users/users.sql.ts'

export type NewPerson = {
  readonly email: string
  readonly username: string | undefined
  readonly fullName: string | undefined
  readonly passwordHash: string | undefined
  readonly roles: readonly string[]
  /** An id that was needed before the user existed. Absent: a random one. */
  readonly id?: string
}

export type Created =
  | { readonly kind: 'created'; readonly user: User }
  | { readonly kind: 'email_taken' }
  | { readonly kind: 'username_taken' }

/**
 * A step: inserts a user with a signature and roles. The insert decides which of several callers is first.
 */
export async function createUser(
  query: Query,
  { random, now, person }: { random: Random; now: Instant; person: NewPerson },
): Promise<Created> {
  const { email, username, fullName, passwordHash, id = randomId(random) } = person
  const inserted = await insertUser(query, {
    id,
    email,
    username,
    usernameKey: username === undefined ? undefined : usernameKey(username),
    fullName,
    fullNameKey: fullName === undefined ? undefined : folded(fullName),
    passwordHash,
    signature: randomId(random),
    createdAt: now,
  })
  if (!inserted) return { kind: (await findUserByEmail(query, email)) ? 'email_taken' : 'username_taken' }
  // Sent together, in one round trip.
  const granting = person.roles.map((role) => insertGrant(query, { userId: id, role, now }))
  const finding = findUser(query, id)
  await Promise.all([...granting, finding])
  const user = await finding
  if (!user) throw new Error('The user that was just inserted does not exist')
  return { kind: 'created', user }
}
