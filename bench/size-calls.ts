import { password } from '#bench/api.ts'
import { perSecond } from '#bench/measure.ts'
import type { Seeded } from '#bench/seeded.ts'
import { byCli } from '#src/audit/by.ts'
import { end } from '#src/sessions/end.ts'
import { logOutEverywhere } from '#src/sessions/end-everywhere.ts'
import { refresh } from '#src/tokens/refresh.ts'
import { signInDirectly } from '#test/support/sign-in-directly.ts'

const callers = 16
const perRound = 320
const client = { address: '127.0.0.1', userAgent: 'bench' }

/** Calls per second of each use case that writes, by users who are far from each other in the database. */
export async function callRates(seeded: Seeded): Promise<Record<string, number>> {
  const { world } = seeded
  const signedIn: { presented: string; userId: string; sessionId: string }[] = []
  const signIns = await perSecond(seeded.emails(perRound), callers, async (login) => {
    const { pair } = await signInDirectly(world, {
      ...{ login, password, client, forPages: false, by: byCli },
      ...{ knownBrowser: undefined, trustedDevice: undefined },
    })
    signedIn.push({ presented: pair.refreshToken, userId: pair.user.id, sessionId: pair.sessionId })
  })
  const refreshes = await perSecond(signedIn, callers, ({ presented }) =>
    refresh(world, { presented, client, by: byCli }),
  )
  const [some, others] = [signedIn.slice(0, perRound / 2), signedIn.slice(perRound / 2)]
  const logouts = await perSecond(some, callers, async ({ sessionId, userId }) => {
    await (await end(world, { sessionId, userId, reason: 'logout', by: byCli })).propagated
  })
  const everywhere = await perSecond(others, callers, async ({ userId }) => {
    await (await logOutEverywhere(world, { userId, reason: 'logout_all', by: byCli })).propagated
  })
  return { 'sign-in': signIns, refresh: refreshes, logout: logouts, logout_all: everywhere }
}
