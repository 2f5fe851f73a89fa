import { DatabaseError } from 'pg'
import { BrokenReference, CommitUnknown, DatabaseAway, Duplicate, NotDurable } from '#src/store/db.ts'

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const lostCodes = /^(08|57P0)/
/** Out of disk or connections, system errors, timeouts, a server that has become a standby. */
const awayCodes = /^(53|58|57014|55P03|25006|25P03)/
const ownErrors = [TypeError, RangeError, NotDurable, Duplicate, BrokenReference]
const codes = { foreignKey: '23503', duplicate: '23505', outOfConnections: '53300' }
const rolledBackCodes = new Set(['40001', '40P01'])
const poolerCodes = new Set(['26000', '42P05'])

/** A deadlock or a serialization failure: the transaction did not happen and can be retried. */
export function wasRolledBack(error: unknown): boolean {
  return error instanceof DatabaseError && rolledBackCodes.has(error.code ?? '')
}

/** A table has changed since this connection prepared the statement: another release has migrated. */
export function hasStalePlan(error: unknown): boolean {
  const { code, routine } = error instanceof DatabaseError ? error : {}
  return code === '0A000' && routine === 'RevalidateCachedQuery'
}

/**
 * A statement that this connection has prepared does not exist, or one that it has not prepared does: behind
 * a transaction pooler each transaction may run in another server session.
 */
export function isBehindPooler(error: unknown): boolean {
  return error instanceof DatabaseError && poolerCodes.has(error.code ?? '')
}

/** The role, the database or the server has reached its connection limit. */
export function isOutOfConnections(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === codes.outOfConnections
}

export function toDbError(error: unknown): unknown {
  if (error instanceof DatabaseAway) return error
  const { code, message = '' } = error instanceof DatabaseError ? error : {}
  if (code === codes.duplicate) return new Duplicate(message, { cause: error })
  if (code === codes.foreignKey) return new BrokenReference(message, { cause: error })
  const isAway = isLost(error) || (error instanceof DatabaseError && awayCodes.test(error.code ?? ''))
  return isAway ? new DatabaseAway('The database is unavailable.', { cause: error }) : error
}

/** No response came within the limit. The driver has no code for this error. */
export function isSilenceError(error: unknown): boolean {
  const { cause } = error instanceof DatabaseAway ? error : {}
  return cause instanceof Error && cause.message === 'Query read timeout'
}

/** For a commit: if the connection is lost after it was sent, its outcome is unknown. */
export function toCommitError(error: unknown): unknown {
  if (!isLost(error)) return toDbError(error)
  return new CommitUnknown('The connection was lost during a commit.', { cause: error })
}

/** An error that is neither from the server nor about our own values is from the connection. */
function isLost(error: unknown): boolean {
  if (error instanceof DatabaseError) return lostCodes.test(error.code ?? '')
  return error instanceof Error && !ownErrors.some((kind) => error instanceof kind)
}
