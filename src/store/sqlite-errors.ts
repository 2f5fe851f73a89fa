import { BrokenReference, CommitUnknown, DatabaseAway, Duplicate } from '#src/store/db.ts'

/** https://sqlite.org/rescode.html: the low byte is the primary code. */
const codes = { busy: 5, locked: 6, noMemory: 7, ioError: 10, full: 13, cannotOpen: 14 }
/** Extended codes: which constraint was violated. */
const constraints = { foreignKey: 787, primaryKey: 1555, unique: 2067 }
const temporary = new Set(Object.values(codes))

export function isBusy(error: unknown): boolean {
  return primaryCode(error) === codes.busy
}

/**
 * Violated constraints become our own errors, a full or failing disk `DatabaseAway`; others stay as they
 * are.
 */
export function toDbError(error: unknown): unknown {
  const message = error instanceof Error ? error.message : ''
  const extended = extendedCode(error)
  const isDuplicate = extended === constraints.unique || extended === constraints.primaryKey
  if (isDuplicate) return new Duplicate(message, { cause: error })
  if (extended === constraints.foreignKey) return new BrokenReference(message, { cause: error })
  const code = primaryCode(error)
  if (code === undefined || !temporary.has(code)) return error
  return new DatabaseAway('The database cannot be used right now.', { cause: error })
}

/** If writing or syncing the log failed, the commit may still be in it after a restart. */
export function toCommitError(error: unknown): unknown {
  if (primaryCode(error) !== codes.ioError) return toDbError(error)
  return new CommitUnknown('The disk failed during a commit.', { cause: error })
}

function primaryCode(error: unknown): number | undefined {
  const extended = extendedCode(error)
  return extended === undefined ? undefined : extended & 0xff
}

function extendedCode(error: unknown): number | undefined {
  const hasCode = error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
  return hasCode ? (error as Error & { errcode: number }).errcode : undefined
}
