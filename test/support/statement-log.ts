import type { Query } from '#src/store/db.ts'
import { forDialect } from '#src/store/statement.ts'
import type { World } from '#src/world/world.ts'

/** What a call did in the database: each list holds the statements that were sent together. */
export type Trips = readonly (readonly string[])[]

/**
 * Returns a function that lists the statements of a call, without their values. Statements that are sent
 * together are one trip: their results are passed on together. From then on the world records everything, so
 * nothing may run in its background.
 */
export function statementLog({ db }: World): (act: () => Promise<unknown>) => Promise<Trips> {
  let trips: string[][] = []
  let pending = 0
  let trip = Promise.withResolvers<void>()
  const sent = (text: string) => {
    if (pending > 0) trips.at(-1)?.push(text)
    else trips.push([text])
  }
  const recorded = (query: Query): Query => {
    return async (statement) => {
      sent(shapeOf(db.dialect, statement))
      if (pending++ === 0) trip = Promise.withResolvers()
      const { promise, resolve } = trip
      try {
        return await query(statement)
      } finally {
        if (--pending === 0) resolve()
        await promise
      }
    }
  }
  const { query, transaction } = db
  Object.assign(db, {
    query: recorded(query),
    transaction: <T>(work: (query: Query) => Promise<T>) =>
      transaction(async (query) => {
        sent('begin')
        const outcome = await work(recorded(query))
        // Sent together with a statement whose result is not needed.
        sent('commit')
        return outcome
      }),
  } satisfies Pick<World['db'], 'query' | 'transaction'>)
  return async (act) => {
    trips = []
    await act()
    return trips
  }
}

function shapeOf(dialect: World['db']['dialect'], statement: Parameters<Query>[0]): string {
  const text = forDialect(dialect, statement).strings.join('?').replaceAll(/\s+/g, ' ').trim()
  return text.replace(/^(?:release|rollback to) savepoint/, 'release or roll back to savepoint')
}
