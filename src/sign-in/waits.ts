import { waitOf } from '#src/limits/count.ts'
import { policies } from '#src/limits/policies.ts'
import { loginKey } from '#src/users/find.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

/** How long attempts are rejected without a check, in milliseconds; undefined if they are checked. */
export type Waits = {
  /** Passwords from browsers that have not signed in as this user. */
  readonly passwordMs: number | undefined
  /** Codes and other second factors. */
  readonly codeMs: number | undefined
}

/** For administrators: what wrong attempts have used up. Reading it counts nothing. */
export async function waitsOf(world: World, { id, email, username }: User): Promise<Waits> {
  const logins = username === undefined ? [email] : [email, username]
  const waits: number[] = []
  for (const login of logins) {
    const wait = await waitOf(world, { policy: policies.login, of: loginKey(login) })
    if (wait !== undefined) waits.push(wait)
  }
  return {
    passwordMs: waits.length === 0 ? undefined : Math.max(...waits),
    codeMs: await waitOf(world, { policy: policies.second_factor, of: id }),
  }
}
