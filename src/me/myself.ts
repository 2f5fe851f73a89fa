import { AppError } from '#src/errors/errors.ts'
import { type Call, callerOf } from '#src/http/call.ts'
import type { User } from '#src/users/user.ts'
import { findUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

/** The user who makes a call. Refuses one who was deleted a moment ago. */
export async function myself({ db }: World, call: Call): Promise<User> {
  const user = await findUser(db.query, callerOf(call).userId)
  if (!user) throw new AppError('not_signed_in')
  return user
}
