import type { ClientBase } from 'pg'
import { CommitUnknown, DatabaseAway, type Query, type Row } from '#src/store/db.ts'
import { toCommitError, toDbError } from '#src/store/postgres-errors.ts'
import { watchForWarnings } from '#src/store/postgres-session.ts'
import { forDialect, isRead } from '#src/store/statement.ts'
import { runWork } from '#src/store/work.ts'

/** For how long an answer is waited for: milliseconds, or for ever. */
export type Limit = { query_timeout?: number }

/** One statement alone is its own commit. */
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

/** A transaction, from its begin to its answered commit. */
export async function whole<T>(
  client: ClientBase,
  begin: readonly string[],
  limit: Limit,
  execute: Query,
  work: (query: Query) => Promise<T>,
): Promise<T> {
  const command = (text: string) => client.query({ text, ...limit })
  const during = (error: unknown): never => {
    throw toDbError(error)
  }
  for (const text of begin) await command(text).catch(during)
  const outcome = await runWork(work, (sent) => execute(sent).catch(during)).catch(async (error) => {
    // When this fails too, the connection is found to be in a transaction still, and is closed.
    if (!(error instanceof DatabaseAway)) await command('rollback').catch(() => {})
    throw error
  })
  const isWarned = watchForWarnings(client)
  const answer = await command('commit').catch((error) => {
    throw toCommitError(error)
  })
  if (answer.command !== 'COMMIT')
    throw new Error('The transaction had failed, and was rolled back by its commit.')
  if (isWarned()) throw notReplicated()
  return outcome
}

function notReplicated(): CommitUnknown {
  return new CommitUnknown('The commit was not replicated as synchronous_commit demands.')
}
