import type { Query } from '#src/store/db.ts'
import { normalizeEmail } from '#src/users/email.ts'
import type { User } from '#src/users/user.ts'
import { usernameKey } from '#src/users/username.ts'
import { findUserByEmail, findUserByUsername } from '#src/users/users.sql.ts'

/** Returns the normalized form of a login: an email if it contains `@`, otherwise a username. */
export function loginKey(login: string): string {
  return login.includes('@') ? (normalizeEmail(login) ?? '') : usernameKey(login)
}

/** One statement in either case. */
export async function findByLogin(query: Query, login: string): Promise<User | undefined> {
  const key = loginKey(login)
  return login.includes('@') ? findUserByEmail(query, key) : findUserByUsername(query, key)
}
