import { touchRing } from '#src/keys/keys.sql.ts'
import type { Query } from '#src/store/db.ts'

/** Commits a write that changes nothing, or throws. Uses the row of the key ring, which always exists. */
export async function proveWritable(query: Query): Promise<void> {
  if (!(await touchRing(query))) throw new Error('The row of the key ring is missing')
}
