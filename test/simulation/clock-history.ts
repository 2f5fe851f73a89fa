import { bySystem } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import type { Clock } from '#src/platform/clock.ts'
import { cleanRevocations } from '#src/revocations/log/clean.ts'
import { end } from '#src/sessions/end.ts'
import { sessionById } from '#src/sessions/sessions.sql.ts'
import { authenticate } from '#src/tokens/authenticate.ts'
import type { World } from '#src/world/world.ts'
import { chanceOf } from '#test/simulation/universe.ts'
import type { Engine } from '#test/support/engines.ts'
import { type Person, pairOf, personWithRoles } from '#test/support/people.ts'
import { testClock } from '#test/support/test-clock.ts'
import { openTestWorld } from '#test/support/test-world.ts'

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

export type ClockCounts = {
  accepted: number
  rejected: number
  dropped: number
  steps: number
}

type Token = { readonly accessToken: string; readonly sessionId: string; readonly mintedAt: number }

/**
 * Rounds in which a server mints tokens, ends sessions and cleans the log, while its wall clock is set a day
 * forward or back, or to a moment at which a token was valid. Returns accepted tokens of ended sessions:
 * there must be none.
 */
export async function clockHistory(
  engine: Engine,
  { seed, rounds }: { seed: number; rounds: number },
): Promise<{ violations: string[]; counts: ClockCounts }> {
  const chance = chanceOf(seed)
  const between = (min: number, max: number) => min + Math.floor(chance() * (max - min))
  const real = testClock()
  let stepMs = 0
  const clock: Clock = { ...real, now: () => real.now() + stepMs }
  const world = await openTestWorld(engine, { clock })
  const person = await personWithRoles(world, ['default_user'])
  const tokens: Token[] = []
  const ended = new Set<string>()
  const counts: ClockCounts = { accepted: 0, rejected: 0, dropped: 0, steps: 0 }
  const violations: string[] = []
  const step = () => {
    const token = tokens[between(0, tokens.length)]
    const toToken = (token?.mintedAt ?? real.now()) + between(0, 5) * minuteMs - real.now()
    stepMs = [0, dayMs, -dayMs, toToken, toToken][between(0, 5)] ?? 0
    counts.steps++
  }
  const judge = async () => {
    for (const { accessToken, sessionId } of tokens) {
      const { kind } = await authenticate(world, accessToken)
      counts[kind === 'accepted' ? 'accepted' : 'rejected']++
      if (kind === 'accepted' && ended.has(sessionId)) violations.push(`accepted a token of ${sessionId}`)
    }
  }
  for (let round = 0; round < rounds; round++) {
    if (chance() < 0.7) step()
    const minted = await mint(world, person)
    if (minted) tokens.push({ ...minted, mintedAt: clock.now() })
    await judge()
    if (chance() < 0.7) step()
    const { sessionId } = tokens[between(0, tokens.length)] ?? {}
    if (sessionId !== undefined) await endSession(world, sessionId)
    if (sessionId !== undefined) ended.add(sessionId)
    for (let pause = between(0, 5); pause > 0; pause--) {
      counts.dropped += await cleanRevocations(world, 1000)
      real.forward(35 * minuteMs)
    }
    step()
    await judge()
  }
  return { violations, counts }
}

/** Undefined while the clock is too wrong to mint. */
async function mint(world: World, person: Person): Promise<Omit<Token, 'mintedAt'> | undefined> {
  try {
    return await pairOf(world, person)
  } catch (error) {
    if (error instanceof AppError && error.code === 'unavailable') return undefined
    throw error
  }
}

async function endSession(world: World, sessionId: string): Promise<void> {
  const userId = (await sessionById(world.db.query, sessionId))?.userId ?? ''
  const { propagated } = await end(world, { sessionId, userId, reason: 'logout', by: bySystem })
  await propagated
}
