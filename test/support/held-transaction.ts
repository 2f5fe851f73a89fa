import type { Db, Query } from '#src/store/db.ts'

/** Begins a transaction as another node would, and leaves it open. Returns how to commit it. */
export async function holdTransaction(
  db: Db,
  begin: (query: Query) => Promise<unknown>,
): Promise<() => Promise<void>> {
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  const { promise: begun, resolve: reportBegun } = Promise.withResolvers<void>()
  const holding = db.transaction(async (query) => {
    await begin(query)
    reportBegun()
    await released
  })
  await begun
  return async () => {
    release()
    await holding
  }
}
