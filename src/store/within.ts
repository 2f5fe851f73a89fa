import type { Db, Query } from '#src/store/db.ts'

/**
 * The database inside a transaction: use cases that would open a transaction join this one, so that several
 * of them commit together or not at all.
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
