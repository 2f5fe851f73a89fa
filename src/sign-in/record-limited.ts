import { randomId } from '#src/platform/random.ts'
import { addAttempts, insertSignIn } from '#src/sessions/history.sql.ts'
import type { Client } from '#src/sessions/session.ts'
import type { User } from '#src/users/user.ts'
import { perWorld, type World } from '#src/world/world.ts'

type Row = { readonly id: string; more: number }

/**
 * Attempts beyond the limit are counted in memory, so that a flood causes no writes; the cleaner stores them.
 */
const rows = perWorld(() => new Map<string, Row>())
const maxRows = 10_000

/**
 * Records sign-ins that were rejected by a limit: one history row for consecutive ones, with their number. An
 * unknown login writes the same row, without a user, which is deleted after a day.
 */
export async function recordLimited(
  world: World,
  { user, client, isFirst }: { user: User | undefined; client: Client; isFirst: boolean },
): Promise<void> {
  const seen = rows(world)
  const known = user && seen.get(user.id)
  if (!isFirst) {
    if (known) known.more++
    return
  }
  const id = randomId(world.random)
  await insertSignIn(world.db.query, {
    id,
    userId: user?.id,
    sessionId: undefined,
    at: world.clock.now(),
    outcome: 'limited',
    method: 'password',
    attempts: 1,
    client,
  })
  if (user && seen.size < maxRows) seen.set(user.id, { id, more: 0 })
}

/** Stores the counts since the last call. Returns how many rows changed. */
export async function storeLimited(world: World): Promise<number> {
  const seen = rows(world)
  let stored = 0
  for (const [userId, row] of seen) {
    if (row.more === 0) {
      seen.delete(userId)
      continue
    }
    const { more } = row
    row.more = 0
    await addAttempts(world.db.query, row.id, more)
    stored++
  }
  return stored
}
