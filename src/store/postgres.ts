import { DatabaseAway, type Db } from '#src/store/db.ts'
import { type Connections, openConnections } from '#src/store/postgres-connections.ts'
import {
  maxConnections,
  minConnections,
  NotUtf8,
  type PostgresLimits,
  readLimits,
  TooFewConnections,
} from '#src/store/postgres-server.ts'
import type { Timeouts } from '#src/store/postgres-session.ts'
import { replaceable, urgent } from '#src/store/postgres-urgent.ts'
import { assertOutsideWork } from '#src/store/work.ts'

type Options = {
  url: string
  /** Connections for ordinary statements: the others are reserved. */
  poolSize?: number
  /**
   * How long to wait for a connection. The server cancels a statement after twice as long, and after three
   * times as long its connection is closed.
   */
  patienceMs?: number
}

/** In addition to the pool: two for urgent statements, one for notifications. */
export const reservedConnections = 3

const withoutTimeouts = [
  'set local statement_timeout = 0',
  'set local idle_in_transaction_session_timeout = 0',
]

/** The lock has the same number on every node, so only one at a time holds it. */
const beginExclusively = ['begin', ...withoutTimeouts, 'select pg_advisory_xact_lock(7163771011)']
const beginSnapshot = ['begin isolation level repeatable read read only', ...withoutTimeouts]

/**
 * PostgreSQL. The other postgres-*.ts files are its parts, each built on the one below it:
 *
 *   postgres.ts              the `Db`: ordinary and urgent connections
 *   postgres-urgent.ts       statements with a short limit; replacing connections that were silently dropped
 *   postgres-connections.ts  a pool, and the limits on its use
 *   postgres-attempts.ts     one act on one connection, retried after deadlocks and stale plans
 *   postgres-commit.ts       one statement or one transaction, and whether its commit is certain
 *   postgres-config.ts       what the URL says about the connection
 *   postgres-server.ts       the encoding and the limits of the database
 *   postgres-session.ts      the settings of a connection and its prepared statements
 *   postgres-errors.ts       what an error means: unavailable, unknown commit, retry, violated constraint
 *
 * A connection is in one of these states:
 *
 *   new ──> idle       its settings are sent, and its commits are durable
 *   idle ──> in use    one act has it: a statement or a transaction
 *   in use ──> idle    the act ended, and no transaction is open
 *   in use ──> closed  the connection was lost, was silent for `answerMs`, or is still in a transaction
 *
 * An act whose connection is closed fails with `DatabaseAway`; if its commit was sent, with `CommitUnknown`.
 * A pool whose connections were silently dropped is replaced: new acts use the new pool, and the old one ends
 * when its acts have ended.
 */
export async function openPostgres({ url, poolSize = 10, patienceMs = 5000 }: Options): Promise<Db> {
  const timeouts: Timeouts = {
    connectMs: patienceMs,
    statementMs: patienceMs * 2,
    answerMs: patienceMs * 3,
  }
  let size = 1
  const ordinary = replaceable(() => openConnections({ url, size, timeouts }))
  const ends = [ordinary.end]
  let closing: Promise<unknown> | undefined

  function admit(): void {
    assertOutsideWork()
    if (closing) throw new DatabaseAway('The database has been closed.')
  }

  function connections(): Connections {
    admit()
    return ordinary.current()
  }

  // A wrong address, a wrong password, an unsuitable database or unsafe settings are reported at start.
  const first = ordinary.current()
  try {
    await first.check()
    size = sizeWithin(await readLimits(first.query), poolSize)
    first.resize(size)
  } catch (error) {
    await first.end()
    throw error
  }

  return {
    dialect: 'postgres',
    query: async (statement) => connections().query(statement),
    transaction: async (work) => connections().transaction(['begin'], work),
    exclusively: async (work) => connections().withoutLimit(beginExclusively, work),
    snapshot: async (work) => connections().withoutLimit(beginSnapshot, work),
    urgent(limitMs) {
      const { query, end } = urgent({ url, limitMs, timeouts }, ordinary.replace)
      ends.push(end)
      return async (statement) => {
        admit()
        return query(statement)
      }
    },
    async close() {
      closing ??= Promise.all(ends.map((end) => end()))
      await closing
    },
  }
}

/** The pool never takes the connections that keep the lease alive. */
function sizeWithin(limits: PostgresLimits, wanted: number): number {
  if (limits.encoding !== 'UTF8') throw new NotUtf8(limits)
  const max = maxConnections(limits)
  if (max < minConnections) throw new TooFewConnections(limits, max)
  return Math.min(wanted, max - reservedConnections)
}
