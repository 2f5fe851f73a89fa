import { z } from 'zod'
import { type Command, failure, type Output, worldCommand } from '#src/cli/command.ts'
import { propagateAll } from '#src/revocations/commit.ts'
import type { Propagation } from '#src/revocations/propagation.ts'
import type { Query } from '#src/store/db.ts'
import { findByLogin } from '#src/users/find.ts'
import type { User } from '#src/users/user.ts'
import { findUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

export const UserWord = z.string().max(254)

/** A command about one user, given by email, username or id. */
export function oneUserCommand(
  name: string,
  summary: string,
  act: (user: User, world: World) => Promise<Output>,
): Command {
  return worldCommand({
    name,
    creates: 'nothing',
    summary,
    operands: ['user'],
    flags: {},
    input: z.strictObject({ user: UserWord }),
    run: async (world, { user: login }) => {
      const user = await userNamed(world.db.query, login)
      if (user) return act(user, world)
      // The user may have just been deleted, which may not have propagated to every server yet.
      await propagateAll(world)
      return noSuchUser(login)
    },
  })
}

/** Looks for an id first: nobody can choose an id, so no username can stand for another user. */
export async function userNamed(query: Query, login: string): Promise<User | undefined> {
  return (await findUser(query, login)) ?? (await findByLogin(query, login))
}

export function noSuchUser(login: string): Output {
  const advice = 'Use an email, a username or an id: `sigil user list` lists the users.'
  return failure('not_found', [`There is no user ${login}.`, advice])
}

export function propagationSentence({ everywhere, waitedMs }: Propagation): string {
  const waited = waitedMs < 1 ? '' : ` (waited ${Math.round(waitedMs)} ms)`
  return everywhere
    ? `In effect everywhere: no server and no verifier accepts an old token any more${waited}.`
    : `In effect here, but not everywhere yet${waited}: run this again, or wait for the revocation lease.`
}

export function propagationOnWire({ everywhere, waitedMs }: Propagation) {
  return { everywhere, waited_ms: Math.round(waitedMs) }
}
