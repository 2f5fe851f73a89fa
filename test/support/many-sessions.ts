import { openSession } from '#src/sessions/open.ts'
import type { World } from '#src/world/world.ts'

/** Opens this many sessions of a user, without the time that checking a password for each would take. */
export async function openMany({ db, random, clock }: World, userId: string, count: number): Promise<void> {
  const client = { address: '127.0.0.1', userAgent: 'Many' }
  const lifetimeMs = 24 * 60 * 60 * 1000
  const opening = {
    userId,
    method: 'password',
    amr: ['pwd'],
    level: 'aal1',
    client,
    lifetimeMs,
    forPages: false,
  } as const
  await db.transaction(async (query) => {
    for (let opened = 0; opened < count; opened++)
      await openSession(query, { random, now: clock.now(), opening })
  })
}
