import { DatabaseError } from 'pg'
import { BrokenReference, CommitUnknown, DatabaseAway, Duplicate, NotDurable } from '#src/store/db.ts'

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const lostCodes = /^(08|57P0)/
/**
 * Out of room or connections, system trouble, a wait that was cut short, a server that has become a standby.
 */
const awayCodes = /^(53|58|57014|55P03|25006|25P03)/
const ours = [TypeError, RangeError, NotDurable, Duplicate, BrokenReference]
const codes = { foreignKey: '23503', duplicate: '23505' }
const brokenOffCodes = new Set(['40001', '40P01'])
const poolerCodes = new Set(['26000', '42P05'])

/** The engine gave this transaction up to let another one pass: it did not happen, and may be tried again. */
export function wasBrokenOff(error: unknown): boolean {
  return error instanceof DatabaseError && brokenOffCodes.has(error.code ?? '')
}

/**
 * Somebody changed a table under a statement that this connection had prepared (another release, migrating).
 */
export function hasStalePlan(error: unknown): boolean {
  const { code, routine } = error instanceof DatabaseError ? error : {}
  return code === '0A000' && routine === 'RevalidateCachedQuery'
}

/**
 * A statement that this connection prepared is not there, or one is that it did not prepare: a transaction
 * pooler stands between, and what lies behind this connection is another session every time.
 */
export function isBehindPooler(error: unknown): boolean {
  return error instanceof DatabaseError && poolerCodes.has(error.code ?? '')
}

export function toDbError(error: unknown): unknown {
  if (error instanceof DatabaseAway) return error
  const { code, message = '' } = error instanceof DatabaseError ? error : {}
  if (code === codes.duplicate) return new Duplicate(message, { cause: error })
  if (code === codes.foreignKey) return new BrokenReference(message, { cause: error })
  const isAway = isLost(error) || (error instanceof DatabaseError && awayCodes.test(error.code ?? ''))
  return isAway ? new DatabaseAway('The database does not answer.', { cause: error }) : error
}

/** Nothing came until the connection was given up. The driver has no code for it. */
export function isSilenceError(error: unknown): boolean {
  const { cause } = error instanceof DatabaseAway ? error : {}
  return cause instanceof Error && cause.message === 'Query read timeout'
}

/** For what commits: once it was sent, a connection that is lost tells nothing about what happened. */
export function toCommitError(error: unknown): unknown {
  if (!isLost(error)) return toDbError(error)
  return new CommitUnknown('The connection was lost during a commit.', { cause: error })
}

/** What is neither the server's word nor a mistake in our own values comes from the connection. */
function isLost(error: unknown): boolean {
  if (error instanceof DatabaseError) return lostCodes.test(error.code ?? '')
  return error instanceof Error && !ours.some((kind) => error instanceof kind)
}
