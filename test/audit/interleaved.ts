import { setImmediate as soon } from 'node:timers/promises'
import { sql } from '#src/store/sql.ts'
import type { World } from '#src/world/world.ts'

/**
 * Runs `second` while the transaction of `first` is complete except for its commit. On PostgreSQL the commit
 * happens once `second` waits for a lock, or has ended; on SQLite, which has one writer, immediately.
 */
export async function interleaved<A, B>(
  world: World,
  first: (world: World) => Promise<A>,
  second: (world: World) => Promise<B>,
): Promise<[PromiseSettledResult<A>, PromiseSettledResult<B>]> {
  let reach = () => {}
  let commit = () => {}
  const reached = new Promise<void>((resolve) => {
    reach = resolve
  })
  const held = new Promise<void>((resolve) => {
    commit = resolve
  })
  const db: World['db'] = {
    ...world.db,
    transaction: (work) =>
      world.db.transaction(async (query) => {
        const outcome = await work(query)
        reach()
        await held
        return outcome
      }),
  }
  const one = first({ ...world, db })
  await Promise.race([reached, one])
  let hasEnded = false
  const other = second(world).finally(() => {
    hasEnded = true
  })
  other.catch(() => {})
  while (world.db.dialect === 'postgres' && !hasEnded && !(await isBlocked(world))) await soon()
  commit()
  return Promise.allSettled([one, other])
}

async function isBlocked({ db }: World): Promise<boolean> {
  const [row] = await db.query(sql`select count(*) as count from pg_locks
    join pg_stat_activity using (pid) where not granted and datname = current_database()`)
  return Number(row?.count) > 0
}
