import { AppError } from '#src/errors/errors.ts'
import { type Call, callerOf } from '#src/http/call.ts'
import type { User } from '#src/users/user.ts'
import { findUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

/** Returns the caller's user. Throws if the user has just been deleted. */
export async function myself({ db }: World, call: Call): Promise<User> {
  const user = await findUser(db.query, callerOf(call).userId)
  if (!user) throw new AppError('not_signed_in')
  return user
}
