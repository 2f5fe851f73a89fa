import { type Adoption, countAdoption } from '#src/administration/adoption.sql.ts'
import { perWorld, type World } from '#src/world/world.ts'

const keptForMs = 60_000

const counted = perWorld(() => ({
  at: Number.NEGATIVE_INFINITY,
  result: Promise.resolve<Adoption>({ users: 0, passkey: 0, totp: 0, upstream: 0, strong: 0 }),
}))

/** Number of users with each way to sign in, at most a minute old. */
export function factorAdoption(world: World): Promise<Adoption> {
  const state = counted(world)
  const now = world.clock.monotonic()
  if (now - state.at < keptForMs) return state.result
  const result = countAdoption(world.db.query)
  Object.assign(state, { at: now, result })
  // A failed count is not cached.
  result.catch(() => Object.assign(state, { at: Number.NEGATIVE_INFINITY }))
  return result
}
