import { AppError } from '#src/errors/errors.ts'
import type { User } from '#src/users/user.ts'
import { findUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

export async function showUser({ db }: World, userId: string): Promise<User> {
  const user = await findUser(db.query, userId)
  if (!user) throw new AppError('not_found')
  return user
}
