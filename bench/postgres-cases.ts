import { password } from '#bench/api.ts'
import { perSecond } from '#bench/measure.ts'
import { byCli } from '#src/audit/by.ts'
import { hashPassword } from '#src/credentials/passwords/hash.ts'
import { randomId } from '#src/platform/random.ts'
import { end } from '#src/sessions/end.ts'
import { logOutEverywhere } from '#src/sessions/end-everywhere.ts'
import { type Opening, openSession } from '#src/sessions/open.ts'
import { refresh } from '#src/tokens/refresh.ts'
import { writeRefreshToken } from '#src/tokens/refresh-token.ts'
import { insertUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'
import { signInDirectly } from '#test/support/sign-in-directly.ts'

/** What is measured: use cases that write, each with the number of calls of a round. */
export type Case = 'refresh' | 'sign-in' | 'logout' | 'logout_all'

export const callsOf: Readonly<Record<Case, number>> = {
  refresh: 800,
  'sign-in': 96,
  logout: 400,
  logout_all: 400,
}

/** Calls per second of a case when so many callers share its calls. */
export type Cases = Readonly<Record<Case, (callers: number) => Promise<number>>>

const client = { address: '127.0.0.1', userAgent: 'bench' }
const userCount = 400

/** The use cases in this process, from the call to the end of its propagation. */
export async function casesOf(world: World): Promise<Cases> {
  const users = await addUsers(world)
  const byTurns = (count: number) =>
    Array.from({ length: count }, (_, index) => users[index % userCount] ?? '')
  const turns = (count: number) => Array.from({ length: count }, (_, index) => index % userCount)
  return {
    async refresh(callers) {
      const sessions = await sessionsOf(world, byTurns(callsOf.refresh))
      return perSecond(sessions, callers, ({ handle }) => {
        const presented = writeRefreshToken(world.keys, { handle, counter: 0 })
        return refresh(world, { presented, client, by: byCli })
      })
    },
    'sign-in': (callers) =>
      perSecond(turns(callsOf['sign-in']), callers, (index) =>
        signInDirectly(world, {
          ...{ login: emailOf(index), password, client, forPages: false, by: byCli },
          ...{ knownBrowser: undefined, trustedDevice: undefined },
        }),
      ),
    async logout(callers) {
      const sessions = await sessionsOf(world, byTurns(callsOf.logout))
      return perSecond(sessions, callers, async ({ sessionId, userId }) => {
        const { propagated } = await end(world, { sessionId, userId, reason: 'logout', by: byCli })
        await propagated
      })
    },
    async logout_all(callers) {
      await sessionsOf(world, byTurns(callsOf.logout_all))
      return perSecond(byTurns(callsOf.logout_all), callers, async (userId) => {
        const { propagated } = await logOutEverywhere(world, { userId, reason: 'logout_all', by: byCli })
        await propagated
      })
    },
  }
}

function emailOf(index: number): string {
  return `bench-${index}@example.org`
}

async function addUsers(world: World): Promise<string[]> {
  const ids = Array.from({ length: userCount }, () => randomId(world.random))
  const passwordHash = await hashPassword(world, password, client.address)
  await world.db.transaction(async (query) => {
    for (const [index, id] of ids.entries()) {
      await insertUser(query, {
        ...{ id, email: emailOf(index), passwordHash, signature: randomId(world.random) },
        ...{ username: undefined, usernameKey: undefined, fullName: undefined, fullNameKey: undefined },
        createdAt: world.clock.now(),
      })
    }
  })
  return ids
}

/** Sessions of alternating users, without a sign-in. */
async function sessionsOf(world: World, users: readonly string[]) {
  const { random, clock, settings } = world
  return world.db.transaction(async (query) => {
    const opened: { sessionId: string; handle: string; userId: string }[] = []
    for (const userId of users) {
      const opening: Opening = {
        ...{ userId, client, forPages: false, lifetimeMs: settings.refreshLifetimeMs },
        method: 'password',
        amr: ['pwd'],
        level: 'aal1',
      }
      opened.push({ ...(await openSession(query, { random, now: clock.now(), opening })), userId })
    }
    return opened
  })
}
