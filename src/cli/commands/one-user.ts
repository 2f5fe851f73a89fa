import { z } from 'zod'
import { type Command, exits, failure, type Output, worldCommand } from '#src/cli/command.ts'
import { propagateAll } from '#src/revocations/commit.ts'
import type { Propagation } from '#src/revocations/propagation.ts'
import type { Query } from '#src/store/db.ts'
import { findByLogin } from '#src/users/find.ts'
import type { User } from '#src/users/user.ts'
import { findUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

export const UserWord = z.string().max(254)

/** A command about one user, who is named by an email, a username or an id. */
export function oneUserCommand(
  name: string,
  summary: string,
  act: (user: User, world: World) => Promise<Output>,
): Command {
  return worldCommand({
    name,
    summary,
    operands: ['user'],
    flags: {},
    input: z.strictObject({ user: UserWord }),
    run: async (world, { user: named }) => {
      const user = await userNamed(world.db.query, named)
      if (user) return act(user, world)
      // Deleted a moment ago, perhaps, and not every server has heard of it.
      await propagateAll(world)
      return noSuchUser(named)
    },
  })
}

/** An id first: nobody can choose theirs, and so nobody can pass for another by a username. */
export async function userNamed(query: Query, named: string): Promise<User | undefined> {
  return (await findUser(query, named)) ?? (await findByLogin(query, named))
}

export function noSuchUser(named: string): Output {
  const advice = 'Name one by email, username or id: `sigil user list` lists them.'
  return failure(exits.notFound, 'not_found', [`There is no user ${named}.`, advice])
}

export function propagationSentence({ everywhere, waitedMs }: Propagation): string {
  const waited = waitedMs < 1 ? '' : ` (waited ${Math.round(waitedMs)} ms)`
  return everywhere
    ? `This holds everywhere: no server and no verifier accepts an old token any more${waited}.`
    : `It holds here, but not everywhere yet${waited}: run it again, or wait for the revocation lease.`
}

export function propagationOnWire({ everywhere, waitedMs }: Propagation) {
  return { everywhere, waited_ms: Math.round(waitedMs) }
}
