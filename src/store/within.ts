import type { Db, Query } from '#src/store/db.ts'

/**
 * The database as one transaction sees it: what would open a transaction joins this one, so that several
 * steps which each open their own are there together or not at all.
 */
export function within({ dialect }: Pick<Db, 'dialect'>, query: Query): Db {
  const join = <T>(work: (query: Query) => Promise<T>) => work(query)
  return {
    dialect,
    query,
    transaction: join,
    exclusively: join,
    snapshot: join,
    urgent: () => query,
    close: async () => {},
  }
}
