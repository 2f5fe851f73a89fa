import { AsyncLocalStorage } from 'node:async_hooks'
import type { Query, Row } from '#src/store/db.ts'

type Work<T> = (query: Query) => Promise<T>
type State = { open: boolean; failed?: { error: unknown } }

const current = new AsyncLocalStorage<State>()

/**
 * Runs the inside of a transaction by the same rules on both engines: statements are done in the order in
 * which they are sent, whether or not the one before was awaited; the first one that fails dooms the rest
 * whether or not `work` catches it; and the query dies with the work.
 */
export async function runWork<T>(
  work: Work<T>,
  execute: (...sent: Parameters<Query>) => Promise<Row[]> | Row[],
) {
  const state: State = { open: true }
  let sent: Promise<unknown> = Promise.resolve()

  const attempt: Query = async (statement) => {
    if (!state.open) throw new Error('This transaction is over: its query cannot be used any more.')
    if (state.failed) throw state.failed.error
    try {
      return await execute(statement)
    } catch (error) {
      // What was sent behind the one that failed fails too, and only says so.
      state.failed ??= { error }
      throw state.failed.error
    }
  }
  const query: Query = (statement) => {
    const answer = attempt(statement)
    const awaitPropagation = answer.catch(() => {})
    sent = sent.then(() => awaitPropagation)
    return answer
  }

  try {
    const outcome = await current.run(state, work, query)
    await sent
    if (state.failed) throw state.failed.error
    return outcome
  } catch (error) {
    await sent
    // The statement is the cause; what the work threw afterwards is at best a consequence.
    throw state.failed ? state.failed.error : error
  } finally {
    state.open = false
  }
}

/**
 * The outer database inside a transaction would wait for itself on one engine, and see other data on the
 * other.
 */
export function refuseInsideWork(): void {
  if (current.getStore()?.open) throw new Error('Inside a transaction, use the query that it was given.')
}
