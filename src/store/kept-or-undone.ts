import type { Query } from '#src/store/db.ts'
import { sendAlong } from '#src/store/send-along.ts'
import { sql } from '#src/store/sql.ts'

/**
 * A step: runs `work` in a savepoint, and keeps its changes or undoes them. Both send the same statements and
 * write as much, so that the time of a call does not reveal which it was.
 */
export async function keptOrUndone<T>(query: Query, isKept: boolean, work: () => Promise<T>): Promise<T> {
  sendAlong(query(sql`savepoint attempted`))
  const outcome = await work()
  sendAlong(query(isKept ? sql`release savepoint attempted` : sql`rollback to savepoint attempted`))
  return outcome
}
