import { createHash } from 'node:crypto'
import { type ClientBase, type CustomTypesConfig, types } from 'pg'
import { NotDurable, type Query, ReadOnlyDatabase, type Row } from '#src/store/db.ts'
import type { Edition } from '#src/store/postgres-attempts.ts'
import { assertStorable, forDialect, textOf, valuesOf } from '#src/store/statement.ts'

/**
 * How long to wait for a connection, until the server cancels a statement, and until a connection without a
 * response is closed. A commit is never cancelled, only no longer waited for.
 */
export type Timeouts = { readonly connectMs: number; readonly statementMs: number; readonly answerMs: number }

type Prepared = { text: string; name?: string; values?: (string | number | null)[]; query_timeout?: number }

/** Values are the same as on SQLite: integers are numbers, and a comparison is 1 or 0. */
const parsers = new Map<number, (text: string) => number>([
  [types.builtins.INT8, toExact],
  [types.builtins.NUMERIC, Number],
  [types.builtins.BOOL, (text) => (text === 't' ? 1 : 0)],
])

export const resultTypes: CustomTypesConfig = {
  getTypeParser: (oid, format) => parsers.get(oid) ?? types.getTypeParser(oid, format),
}

const warned = new WeakSet<ClientBase>()

/** A transaction that is idle for this long is ended by the server: others may wait for its row locks. */
const maxIdleMs = 3000

/**
 * Sets the timeouts, the isolation level and the planner of a new connection, and checks that its commits are
 * durable and, where the URL asks for that, that it accepts writes. A prepared statement keeps the plan of
 * its first uses: on the small tables of a new server that would be a scan of the whole table, even after the
 * table has grown (docs/decisions/0025).
 */
export async function setUp(
  client: ClientBase,
  { connectMs, statementMs }: Pick<Timeouts, 'connectMs' | 'statementMs'>,
  needsWritable: boolean,
): Promise<void> {
  client.on('notice', ({ code }) => {
    if (code === '01000' || code === '57P01') warned.add(client)
  })
  const { rows } = await client.query({
    text: `select set_config('statement_timeout', $1, false),
      set_config('idle_in_transaction_session_timeout', $2, false),
      set_config('default_transaction_isolation', 'read committed', false),
      set_config('enable_seqscan', 'off', false),
      set_config('jit', 'off', false),
      current_setting('synchronous_commit') as level,
      current_setting('transaction_read_only') as read_only`,
    values: [String(statementMs), String(Math.min(statementMs, maxIdleMs))],
    ...{ query_timeout: connectMs },
  })
  const level = String(rows[0]?.level)
  if (level === 'off' || level === 'local') throw new NotDurable(level)
  // Also on for a standby.
  if (needsWritable && rows[0]?.read_only === 'on') throw new ReadOnlyDatabase('it is read-only')
}

/**
 * PostgreSQL only warns ("canceling wait for synchronous replication") when it stops waiting for a replica,
 * and then reports the commit as successful. Such a commit must not be treated as durable.
 */
export function watchForWarnings(client: ClientBase): () => boolean {
  warned.delete(client)
  return () => warned.has(client)
}

/** Runs a prepared statement, or an unnamed one, which is prepared on each use. */
export async function runPrepared(
  client: ClientBase,
  sent: Parameters<Query>[0],
  edition: Edition,
  limit: { query_timeout?: number },
): Promise<Row[]> {
  const statement = forDialect('postgres', sent)
  assertStorable(statement)
  let ready = texts.get(statement.strings)
  if (!ready) {
    const text = textOf('postgres', statement)
    ready = { text, name: `sigil_${createHash('sha256').update(text).digest('base64url').slice(0, 20)}` }
    texts.set(statement.strings, ready)
  }
  const prepared: Prepared = {
    text: ready.text,
    ...(edition === 'unnamed' ? {} : { name: `${ready.name}_${edition}` }),
    values: valuesOf(statement),
    ...limit,
  }
  return (await client.query(prepared)).rows
}

const texts = new WeakMap<TemplateStringsArray, { text: string; name: string }>()

function toExact(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value))
    throw new RangeError('A bigint in the database is too large to be an exact number.')
  return value
}
