import { AsyncLocalStorage } from 'node:async_hooks'
import type { Query, Row } from '#src/store/db.ts'

type Work<T> = (query: Query) => Promise<T>
type State = { open: boolean; failed?: { error: unknown } }

const current = new AsyncLocalStorage<State>()

/**
 * Runs the inside of a transaction by the same rules on both engines: statements go one after the other, the
 * first one that fails dooms the rest whether or not `work` catches it, and the query dies with the work.
 */
export async function runWork<T>(
  work: Work<T>,
  execute: (...sent: Parameters<Query>) => Promise<Row[]> | Row[],
) {
  const state: State = { open: true }
  let last: Promise<unknown> = Promise.resolve()

  const query: Query = (statement) => {
    const answer = last.then(async () => {
      if (!state.open) throw new Error('This transaction is over: its query cannot be used any more.')
      if (state.failed) throw state.failed.error
      try {
        return await execute(statement)
      } catch (error) {
        state.failed = { error }
        throw error
      }
    })
    last = answer.catch(() => {})
    return answer
  }

  try {
    const outcome = await current.run(state, work, query)
    await last
    if (state.failed) throw state.failed.error
    return outcome
  } catch (error) {
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
