import { AsyncLocalStorage } from 'node:async_hooks'
import type { Query, Row } from '#src/store/db.ts'

type Work<T> = (query: Query) => Promise<T>
type State = { open: boolean; failed?: { error: unknown } }

const current = new AsyncLocalStorage<State>()

/**
 * Runs the inside of a transaction by the same rules on both engines: statements run in the order in which
 * they are sent, awaited or not; after one has failed all others fail, even if `work` catches the error; and
 * `query` stops working when the work has ended.
 */
export async function runWork<T>(
  work: Work<T>,
  execute: (...sent: Parameters<Query>) => Promise<Row[]> | Row[],
) {
  const state: State = { open: true }
  let sent: Promise<unknown> = Promise.resolve()

  const attempt: Query = async (statement) => {
    if (!state.open) throw new Error('This transaction has ended: its query cannot be used any more.')
    if (state.failed) throw state.failed.error
    try {
      return await execute(statement)
    } catch (error) {
      // Statements sent after the failed one fail as a consequence: the first error is the cause.
      state.failed ??= { error }
      throw state.failed.error
    }
  }
  const query: Query = (statement) => {
    const result = attempt(statement)
    const settled = result.catch(() => {})
    sent = sent.then(() => settled)
    return result
  }

  try {
    const outcome = await current.run(state, work, query)
    await sent
    if (state.failed) throw state.failed.error
    return outcome
  } catch (error) {
    await sent
    // The failed statement is the cause; an error that the work threw later is a consequence.
    throw state.failed ? state.failed.error : error
  } finally {
    state.open = false
  }
}

/**
 * Throws inside a transaction: there the outer database would deadlock on one engine and see other data on
 * the other.
 */
export function assertOutsideWork(): void {
  if (current.getStore()?.open) throw new Error('Inside a transaction, use its own query.')
}
