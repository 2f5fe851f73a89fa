import { eventsAfter, headOf } from '#src/audit/audit.sql.ts'
import { type Audited, type Head, hashOf, headMacOf } from '#src/audit/audited.ts'
import type { World } from '#src/world/world.ts'

export type AuditVerdict =
  /** `head` is what to keep elsewhere: a log that was cut back to an older state lacks it. */
  | { readonly kind: 'whole'; readonly events: number; readonly head: string }
  | { readonly kind: 'broken'; readonly seq: number; readonly why: string }

type Keys = World['keys']
type Place = { readonly seq: number; readonly hash: string }

const batch = 1000
const beginning: Place = { seq: 0, hash: '' }

/**
 * Reads the whole log and says whether every line is the one that was written, in its place, to the very end.
 */
export async function verifyAudit({ db, keys }: Pick<World, 'db' | 'keys'>): Promise<AuditVerdict> {
  let last = beginning
  for (;;) {
    // The head first: every line that it speaks of is then among those that are read after it.
    const head = await headOf(db.query)
    const lines = await eventsAfter(db.query, last.seq, batch)
    for (const line of lines) {
      const why = whyBroken(keys, last, line)
      if (why !== undefined) return { kind: 'broken', seq: last.seq + 1, why }
      last = line
    }
    if (lines.length > 0) continue
    const why = whyEndBroken(keys, last, head)
    if (why !== undefined) return { kind: 'broken', seq: last.seq + 1, why }
    return { kind: 'whole', events: last.seq, head: last.hash }
  }
}

function whyBroken(keys: Keys, last: Place, line: Audited): string | undefined {
  if (line.seq !== last.seq + 1) return 'This line is missing.'
  if (line.previousHash !== last.hash) return 'This line does not follow the one before it.'
  const key = keys.macKeyEver(line.keyId)
  if (!key) return 'This line names a key that is not in the ring.'
  return hashOf(key, line) === line.hash ? undefined : 'This line is not as it was written.'
}

function whyEndBroken(keys: Keys, last: Place, head: Head | undefined): string | undefined {
  if (!head) return 'The row that marks the end of the log is missing.'
  if (head.seq > last.seq) return `The log is cut off here: it should reach line ${head.seq}.`
  if (head.seq < last.seq || head.hash !== last.hash) return 'The log should end before this line.'
  if (head.seq === 0) return undefined
  const key = keys.macKeyEver(head.keyId)
  return key && headMacOf(key, head) === head.mac ? undefined : 'The end of the log is not as it was written.'
}
