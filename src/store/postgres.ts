import { DatabaseAway, type Db } from '#src/store/db.ts'
import { type Connections, openConnections } from '#src/store/postgres-connections.ts'
import type { Patience } from '#src/store/postgres-session.ts'
import { replaceable, urgent } from '#src/store/postgres-urgent.ts'
import { refuseInsideWork } from '#src/store/work.ts'

type Options = {
  url: string
  poolSize?: number
  /**
   * How long to wait for a connection. A statement may take twice as long before the server ends it, and
   * three times before its connection is given up.
   */
  patienceMs?: number
}

const takingLong = ['set local statement_timeout = 0', 'set local idle_in_transaction_session_timeout = 0']

/** One number for every node: whoever holds the lock is alone. */
const beginExclusively = ['begin', ...takingLong, 'select pg_advisory_xact_lock(7163771011)']
const beginSnapshot = ['begin isolation level repeatable read read only', ...takingLong]

export async function openPostgres({ url, poolSize = 10, patienceMs = 5000 }: Options): Promise<Db> {
  const patience: Patience = {
    connectMs: patienceMs,
    statementMs: patienceMs * 2,
    answerMs: patienceMs * 3,
  }
  const ordinary = replaceable(() => openConnections({ url, size: poolSize, patience }))
  const ends = [ordinary.end]
  let closing: Promise<unknown> | undefined

  function admit(): void {
    refuseInsideWork()
    if (closing) throw new DatabaseAway('The database has been closed.')
  }

  function connections(): Connections {
    admit()
    return ordinary.current()
  }

  // Said at start, while somebody is looking: a wrong address, a wrong password, a database that forgets.
  const first = ordinary.current()
  await first.prove().catch(async (error) => {
    await first.end()
    throw error
  })

  return {
    dialect: 'postgres',
    query: async (statement) => connections().query(statement),
    transaction: async (work) => connections().transaction(['begin'], work),
    exclusively: async (work) => connections().unhurried(beginExclusively, work),
    snapshot: async (work) => connections().unhurried(beginSnapshot, work),
    urgent(limitMs) {
      const { query, end } = urgent({ url, limitMs, patience }, ordinary.replace)
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
