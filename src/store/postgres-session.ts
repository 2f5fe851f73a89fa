import { createHash } from 'node:crypto'
import { type ClientBase, type CustomTypesConfig, types } from 'pg'
import { NotDurable, type Query, type Row } from '#src/store/db.ts'
import type { Edition } from '#src/store/postgres-attempts.ts'
import { forDialect, refuseUnstorable, textOf } from '#src/store/statement.ts'

/**
 * How long to wait: for a connection; until the server ends a statement; and until its connection is given
 * up. A commit is never cancelled, only no longer waited for.
 */
export type Patience = { readonly connectMs: number; readonly statementMs: number; readonly answerMs: number }

type Asked = { text: string; name?: string; values?: (string | number | null)[]; query_timeout?: number }

/** Answers look as they do on SQLite: whole numbers are numbers, and a comparison is 1 or 0. */
const parsers = new Map<number, (text: string) => number>([
  [types.builtins.INT8, toExact],
  [types.builtins.NUMERIC, Number],
  [types.builtins.BOOL, (text) => (text === 't' ? 1 : 0)],
])

export const answerTypes: CustomTypesConfig = {
  getTypeParser: (oid, format) => parsers.get(oid) ?? types.getTypeParser(oid, format),
}

const warned = new WeakSet<ClientBase>()

/**
 * Who says nothing for so long within a transaction has stalled, and loses it: everybody else may be waiting
 * for the rows that it has taken.
 */
const maxPauseMs = 3000

/**
 * Once per connection: how long it may work, what a transaction sees, and whether it can be believed at all.
 */
export async function setUp(
  client: ClientBase,
  { connectMs, statementMs }: Pick<Patience, 'connectMs' | 'statementMs'>,
): Promise<void> {
  client.on('notice', ({ code }) => {
    if (code === '01000' || code === '57P01') warned.add(client)
  })
  const { rows } = await client.query({
    text: `select set_config('statement_timeout', $1, false),
      set_config('idle_in_transaction_session_timeout', $2, false),
      set_config('default_transaction_isolation', 'read committed', false),
      current_setting('synchronous_commit') as level`,
    values: [String(statementMs), String(Math.min(statementMs, maxPauseMs))],
    ...{ query_timeout: connectMs },
  })
  const level = String(rows[0]?.level)
  if (level === 'off' || level === 'local') throw new NotDurable(level)
}

/**
 * PostgreSQL warns when a commit was not waited for as it should have been ("canceling wait for synchronous
 * replication"), and then answers it like any other: it must not be taken for durable.
 */
export function watchForWarnings(client: ClientBase): () => boolean {
  warned.delete(client)
  return () => warned.has(client)
}

/** Sends a prepared statement, or one without a name, which is prepared each time and in use at once. */
export async function ask(
  client: ClientBase,
  sent: Parameters<Query>[0],
  edition: Edition,
  limit: { query_timeout?: number },
): Promise<Row[]> {
  const statement = forDialect('postgres', sent)
  refuseUnstorable(statement)
  let ready = texts.get(statement.strings)
  if (!ready) {
    const text = textOf(statement, (position) => `$${position}`)
    ready = { text, name: `sigil_${createHash('sha256').update(text).digest('base64url').slice(0, 20)}` }
    texts.set(statement.strings, ready)
  }
  const asked: Asked = {
    text: ready.text,
    ...(edition === 'unnamed' ? {} : { name: `${ready.name}_${edition}` }),
    values: [...statement.values],
    ...limit,
  }
  return (await client.query(asked)).rows
}

const texts = new WeakMap<TemplateStringsArray, { text: string; name: string }>()

function toExact(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value))
    throw new RangeError('A bigint in the database is beyond what is exact here.')
  return value
}
