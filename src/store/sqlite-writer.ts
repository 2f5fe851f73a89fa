import type { DatabaseSync } from 'node:sqlite'
import { DatabaseAway, type Query, type Row } from '#src/store/db.ts'
import { toCommitError, toDbError } from '#src/store/sqlite-errors.ts'
import { runWork } from '#src/store/work.ts'

type Settle = { accept: () => void; reject: (error: unknown) => void }
type Entry = { run: () => Promise<() => void>; reject: (error: unknown) => void }

/** How many works share one commit at most: what keeps one batch from holding the event loop for long. */
const batchLimit = 256

/**
 * One writer for everybody. What is waiting when it starts shares one commit, and so one wait for the disk,
 * and nobody is answered before that. Works run one after the other, each to its end; a failing one undoes
 * only itself.
 */
export function queuedWriter(connection: DatabaseSync, execute: (...sent: Parameters<Query>) => Row[]) {
  const queue: Entry[] = []
  let running = false

  function write<T>(work: (query: Query) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const run = async () => {
        const outcome = await runWork(work, execute)
        return () => resolve(outcome)
      }
      queue.push({ run, reject })
      if (running) return
      running = true
      // After the poll phase, so that every call which arrived in it is in the first batch.
      setImmediate(drain)
    })
  }

  async function drain(): Promise<void> {
    const batch = await runBatch(connection, queue)
    const failure = batch.length > 0 ? commit(connection) : undefined
    for (const settle of batch) failure ? settle.reject(failure.error) : settle.accept()
    if (queue.length > 0) setImmediate(drain)
    else running = false
  }

  return write
}

async function runBatch(connection: DatabaseSync, queue: Entry[]): Promise<Settle[]> {
  let batch: Settle[] = []
  for (let count = 0; count < batchLimit; count++) {
    const entry = queue.shift()
    if (!entry) break
    const { reject } = entry
    // The first one needs no savepoint: to undo it is to undo the transaction.
    const isFirst = !connection.isTransaction
    try {
      connection.exec(isFirst ? 'begin immediate' : 'savepoint one')
    } catch (error) {
      // The next in the queue would only wait as long again, for nothing.
      return [...batch, ...failAll([entry, ...queue.splice(0)], toDbError(error))]
    }
    try {
      const accept = await entry.run()
      if (!connection.isTransaction) throw new Error('A statement ended the transaction that it was in.')
      if (!isFirst) connection.exec('release one')
      batch.push({ accept, reject })
    } catch (thrown) {
      const error = toDbError(thrown)
      // Some failures (a full disk) make the engine undo everything, and so what others in this batch had
      // done.
      if (!isFirst && !connection.isTransaction) batch = failAll(batch, undoneWithOthers())
      undo(connection, isFirst)
      // Told only after the commit, for it may have decided upon what others in this batch wrote.
      batch.push({ accept: () => reject(error), reject })
    }
  }
  return batch
}

function undo(connection: DatabaseSync, isFirst: boolean): void {
  if (!connection.isTransaction) return
  connection.exec(isFirst ? 'rollback' : 'rollback to one; release one')
}

function failAll(entries: Pick<Entry, 'reject'>[], error: unknown): Settle[] {
  return entries.map(({ reject }) => ({ accept: () => reject(error), reject }))
}

function undoneWithOthers(): DatabaseAway {
  return new DatabaseAway('The write was undone with others that shared its commit.')
}

function commit(connection: DatabaseSync): { error: unknown } | undefined {
  if (!connection.isTransaction) return undefined
  try {
    connection.exec('commit')
    return undefined
  } catch (error) {
    if (connection.isTransaction) connection.exec('rollback')
    return { error: toCommitError(error) }
  }
}
