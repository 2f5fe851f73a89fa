import type { DatabaseSync } from 'node:sqlite'
import { DatabaseAway, type Query, type Row } from '#src/store/db.ts'
import { toCommitError, toDbError } from '#src/store/sqlite-errors.ts'
import { runWork } from '#src/store/work.ts'

type Settle = { accept: () => void; reject: (error: unknown) => void }
type Entry = { run: () => Promise<() => void>; reject: (error: unknown) => void }

/** The maximum number of works in one commit, so that a batch does not block the event loop for long. */
const batchLimit = 256

/**
 * A queue with one writer. The works that wait when it starts share one commit, so one wait for the disk, and
 * resolve after it. They run one after the other; one that fails is undone alone.
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
      // After the poll phase of the event loop, so that all calls that arrived in it share the first batch.
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
    // The first one needs no savepoint: rolling it back rolls back the transaction.
    const isFirst = !connection.isTransaction
    try {
      connection.exec(isFirst ? 'begin immediate' : 'savepoint one')
    } catch (error) {
      // The others in the queue would wait just as long and fail too.
      return [...batch, ...failAll([entry, ...queue.splice(0)], toDbError(error))]
    }
    try {
      const accept = await entry.run()
      if (!connection.isTransaction) throw new Error('A statement ended its own transaction.')
      if (!isFirst) connection.exec('release one')
      batch.push({ accept, reject })
    } catch (thrown) {
      const error = toDbError(thrown)
      // On some errors (a full disk) the engine rolls everything back, including the earlier works of this
      // batch.
      if (!isFirst && !connection.isTransaction) batch = failAll(batch, undoneWithOthers())
      undo(connection, isFirst)
      // Rejected only after the commit: it may have failed because of another write in this batch.
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
  return new DatabaseAway('The write was rolled back with others that shared its commit.')
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
