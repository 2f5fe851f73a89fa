import { BrokenReference, CommitUnknown, DatabaseAway, Duplicate } from '#src/store/db.ts'

/** https://sqlite.org/rescode.html: the low byte is the primary code. */
const codes = { busy: 5, locked: 6, noMemory: 7, ioError: 10, full: 13, cannotOpen: 14 }
/** The whole code says which constraint. */
const constraints = { foreignKey: 787, primaryKey: 1555, unique: 2067 }
const passing = new Set(Object.values(codes))

export function isBusy(error: unknown): boolean {
  return primaryCode(error) === codes.busy
}

/**
 * A constraint that said no has a name of its own, a full or failing disk is the database being away, and
 * anything else is left as it is.
 */
export function toDbError(error: unknown): unknown {
  const message = error instanceof Error ? error.message : ''
  const whole = codeOf(error)
  const isDuplicate = whole === constraints.unique || whole === constraints.primaryKey
  if (isDuplicate) return new Duplicate(message, { cause: error })
  if (whole === constraints.foreignKey) return new BrokenReference(message, { cause: error })
  const code = primaryCode(error)
  if (code === undefined || !passing.has(code)) return error
  return new DatabaseAway('The database cannot work right now.', { cause: error })
}

/** When writing or syncing the log failed, the commit may still be found in it after a restart. */
export function toCommitError(error: unknown): unknown {
  if (primaryCode(error) !== codes.ioError) return toDbError(error)
  return new CommitUnknown('The disk failed during a commit.', { cause: error })
}

function primaryCode(error: unknown): number | undefined {
  const whole = codeOf(error)
  return whole === undefined ? undefined : whole & 0xff
}

function codeOf(error: unknown): number | undefined {
  const told = error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
  return told ? (error as Error & { errcode: number }).errcode : undefined
}
