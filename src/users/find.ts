import type { Query } from '#src/store/db.ts'
import { normalizeEmail } from '#src/users/email.ts'
import type { User } from '#src/users/user.ts'
import { usernameKey } from '#src/users/username.ts'
import { userByEmail, userById, userByUsername } from '#src/users/users.sql.ts'

/**
 * The one spelling of a login, whether it is anybody's or not: an email where it has an `@`, else a username.
 */
export function loginKey(login: string): string {
  return login.includes('@') ? (normalizeEmail(login) ?? '') : usernameKey(login)
}

/** Who signs in under this login. One statement either way. */
export async function findByLogin(query: Query, login: string): Promise<User | undefined> {
  const key = loginKey(login)
  return login.includes('@') ? userByEmail(query, key) : userByUsername(query, key)
}

export async function findUser(query: Query, id: string): Promise<User | undefined> {
  return userById(query, id)
}
