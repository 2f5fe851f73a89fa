import type { ClientBase } from 'pg'
import { CommitUnknown, DatabaseAway, type Query, type Row } from '#src/store/db.ts'
import { toCommitError, toDbError } from '#src/store/postgres-errors.ts'
import { watchForWarnings } from '#src/store/postgres-session.ts'
import { forDialect, isRead } from '#src/store/statement.ts'
import { runWork } from '#src/store/work.ts'

/** How long to wait for a response, in milliseconds; absent: no limit. */
export type Limit = { query_timeout?: number }

/** Runs one statement, which is its own transaction. */
export async function single(
  client: ClientBase,
  statement: Parameters<Query>[0],
  execute: Query,
): Promise<Row[]> {
  const hasCommit = !isRead(forDialect('postgres', statement))
  const isWarned = watchForWarnings(client)
  const rows = await execute(statement).catch((error) => {
    throw hasCommit ? toCommitError(error) : toDbError(error)
  })
  if (hasCommit && isWarned()) throw notReplicated()
  return rows
}

/** Runs a transaction from BEGIN to the response to COMMIT. */
export async function inTransaction<T>(
  client: ClientBase,
  begin: readonly string[],
  limit: Limit,
  execute: Query,
  work: (query: Query) => Promise<T>,
): Promise<T> {
  const command = (text: string) => client.query({ text, ...limit })
  const fail = (error: unknown): never => {
    throw toDbError(error)
  }
  for (const text of begin) await command(text).catch(fail)
  const outcome = await runWork(work, (sent) => execute(sent).catch(fail)).catch(async (error) => {
    // If this fails too, the connection is still in a transaction and is closed when it is released.
    if (!(error instanceof DatabaseAway)) await command('rollback').catch(() => {})
    throw error
  })
  const isWarned = watchForWarnings(client)
  const result = await command('commit').catch((error) => {
    throw toCommitError(error)
  })
  if (result.command !== 'COMMIT') throw new Error('COMMIT rolled the failed transaction back.')
  if (isWarned()) throw notReplicated()
  return outcome
}

function notReplicated(): CommitUnknown {
  return new CommitUnknown('The commit was not replicated as synchronous_commit requires.')
}
