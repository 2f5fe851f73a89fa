import { touchRing } from '#src/keys/keys.sql.ts'
import type { Query } from '#src/store/db.ts'

/**
 * Commits a write that changes nothing, or faults. The row of the key ring is the one that is always there.
 */
export async function proveWritable(query: Query): Promise<void> {
  if (!(await touchRing(query))) throw new Error('The row of the key ring is not there')
}
