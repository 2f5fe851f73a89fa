import type { Query } from '#src/store/db.ts'
import { perWorld } from '#src/world/world.ts'

/**
 * Decides which transaction of this process may append to the log itself, and so lock the head row until its
 * commit: one at a time, so a single revocation costs one commit. Concurrent transactions leave their entries
 * waiting, and commit without waiting for each other. SQLite has one writer, whose transactions share
 * commits.
 */
export const logEnd = perWorld(({ db }) => {
  let holder: Query | undefined
  let placing = 0
  return {
    /** Whether this transaction may append. If so, it keeps that right until it leaves. */
    take(query: Query): boolean {
      if (db.dialect === 'sqlite' || holder === query) return true
      if (holder || placing > 0) return false
      holder = query
      return true
    },
    /** When the outcome of the transaction is known. */
    leave(query: Query | undefined): void {
      if (holder === query) holder = undefined
    },
    /** No transaction appends while waiting entries are placed: the head row is locked. */
    async placing<T>(act: () => Promise<T>): Promise<T> {
      placing++
      try {
        return await act()
      } finally {
        placing--
      }
    },
  }
})
