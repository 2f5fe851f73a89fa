import { bySystem } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import type { Clock } from '#src/platform/clock.ts'
import { cleanRevocations } from '#src/revocations/log/clean.ts'
import { end } from '#src/sessions/end.ts'
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
  ahead: number
}

type Token = { readonly accessToken: string; readonly sessionId: string; readonly at: number }

/**
 * A server whose wall clock is set forward and back by up to a day, while tokens are minted, sessions are ended
 * and the log is cleaned. Returns how the tokens of ended sessions were accepted, which must never happen.
 */
export async function clockHistory(
  engine: Engine,
  { seed, length }: { seed: number; length: number },
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
  const counts: ClockCounts = { accepted: 0, rejected: 0, dropped: 0, steps: 0, ahead: 0 }
  const violations: string[] = []
  for (let index = 0; index < length; index++) {
    const dice = chance()
    if (dice < 0.35) real.forward(between(1, 40) * minuteMs)
    else if (dice < 0.45) {
      stepMs = [0, 0, dayMs, -dayMs, between(-120, 120) * minuteMs][between(0, 5)] ?? 0
      counts.steps++
    } else if (dice < 0.65) {
      const minted = await mint(world, person)
      if (minted) tokens.push({ ...minted, at: stepMs })
    } else if (dice < 0.8) {
      const token = tokens[between(0, tokens.length)]
      if (token) await endSession(world, token.sessionId)
      if (token) ended.add(token.sessionId)
    } else counts.dropped += await cleanRevocations(world, 1000)
    for (const { accessToken, sessionId, at } of tokens) {
      const { kind } = await authenticate(world, accessToken)
      if (kind === 'accepted') counts.accepted++
      else counts.rejected++
      if (ended.has(sessionId) && at > 0) counts.ahead++
      if (kind === 'accepted' && ended.has(sessionId))
        violations.push(`step ${index}: accepted a token of ${sessionId}`)
    }
  }
  return { violations, counts }
}

/** Undefined while the clock is too wrong to mint. */
async function mint(world: World, person: Person): Promise<Omit<Token, 'at'> | undefined> {
  try {
    return await pairOf(world, person)
  } catch (error) {
    if (error instanceof AppError && error.code === 'unavailable') return undefined
    throw error
  }
}

async function endSession(world: World, sessionId: string): Promise<void> {
  const { propagated } = await end(world, { sessionId, reason: 'logout', by: bySystem })
  await propagated
}
