import { randomBytes } from 'node:crypto'
import { cpus } from 'node:os'
import { hash, verify } from '@node-rs/argon2'
import { Pool, type PoolClient } from 'pg'
import { password } from '#bench/api.ts'
import { perSecond } from '#bench/measure.ts'
import { type Cases, callsOf } from '#bench/postgres-cases.ts'
import { grouped } from '#src/store/grouped.ts'
import { semaphore } from '#src/store/semaphore.ts'

/**
 * The limit on PostgreSQL: the same changes of rows, in tables with the same indexes, by prepared statements
 * that are sent without waiting for each other. In groups, calls that wait share a transaction; otherwise
 * each has its own. Nothing is checked, signed, audited in a chain or announced to other nodes.
 */
export async function bareCases(databaseUrl: string): Promise<{
  readonly inGroups: Cases
  readonly each: Cases
  stop(): Promise<void>
}> {
  const pool = new Pool({ connectionString: databaseUrl, max: 10, pipeline: true })
  pool.on('error', () => {})
  for (const name of ['users', 'sessions', 'sign_ins', 'audit_events', 'revocations', 'revocation_head']) {
    await pool.query(`create table bare_${name} (like ${name} including all)`)
  }
  await pool.query('insert into bare_revocation_head (id, head) values (1, 0)')
  const phc = await hash(password, { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 })
  const hashing = semaphore(() => cpus().length, 60_000)
  const proven = async () => {
    if (!(await hashing(() => verify(phc, password)))) throw new Error('The password is wrong')
  }
  return {
    inGroups: casesBy(pool, proven, groupedOn(pool)),
    each: casesBy(pool, proven, (call) => transaction(pool, [call])),
    stop: () => pool.end(),
  }
}

type Statement = { readonly text: string; readonly values: readonly (string | number | null)[] }
/** One call: whom it is about, and its statements. */
type Call = { readonly id: string; readonly statements: readonly Statement[] }

/** The same groups as those of the server. */
function groupedOn(pool: Pool): (call: Call) => Promise<unknown> {
  return grouped<Call, undefined>(
    { dialect: 'postgres' },
    {
      keyOf: ({ id }) => id,
      async together(calls) {
        await transaction(pool, calls)
        return new Map(calls.map(({ id }) => [id, undefined]))
      },
      alone: (call) => transaction(pool, [call]).then(() => undefined),
    },
  )
}

/** Sends everything from BEGIN to COMMIT at once. A single statement is a transaction by itself. */
async function transaction(pool: Pool, calls: readonly Call[]): Promise<void> {
  const client = await pool.connect()
  const statements = calls.flatMap((call) => call.statements)
  try {
    if (statements.length === 1) await Promise.all(statements.map((one) => send(client, one)))
    else
      await Promise.all([
        client.query('begin'),
        ...statements.map((one) => send(client, one)),
        client.query('commit'),
      ])
  } finally {
    client.release()
  }
}

const names = new Map<string, string>()

function send(client: PoolClient, { text, values }: Statement): Promise<unknown> {
  const name = names.get(text) ?? `bare_${names.size}`
  names.set(text, name)
  return client.query({ name, text, values: [...values] })
}

function casesBy(pool: Pool, proven: () => Promise<void>, send: (call: Call) => Promise<unknown>): Cases {
  return {
    async refresh(callers) {
      const ids = await bareSessions(pool, callsOf.refresh)
      return perSecond(ids, callers, (id) => send({ id, statements: [rotated(id)] }))
    },
    async 'sign-in'(callers) {
      const ids = await bareUsers(pool, callsOf['sign-in'])
      return perSecond(ids, callers, async (id) => {
        await proven()
        await send({ id, statements: signedIn(id) })
      })
    },
    async logout(callers) {
      const ids = await bareSessions(pool, callsOf.logout)
      return perSecond(ids, callers, (id) =>
        send({ id, statements: [ended('id', id), recorded(id), taken, revoked(id)] }),
      )
    },
    async logout_all(callers) {
      const ids = await bareSessions(pool, callsOf.logout_all)
      return perSecond(ids, callers, (id) =>
        send({
          id,
          statements: [newSignature(id), ended('user_id', id), recorded(id), taken, revoked(id)],
        }),
      )
    },
  }
}

function rotated(id: string): Statement {
  return {
    text: `update bare_sessions set counter = counter + 1, rotated_at = $2, rotated_address = '127.0.0.1',
      rotated_agent = 'bench', expires_at = $2 where handle_hash = $1 and counter = 0 returning *`,
    values: [id, Date.now()],
  }
}

function signedIn(id: string): readonly Statement[] {
  const session = randomId()
  const now = Date.now()
  return [
    { text: 'update bare_users set last_signed_in_at = $2 where id = $1', values: [id, now] },
    {
      text: `insert into bare_sessions (id, user_id, handle_hash, method, amr, acr, authenticated_at,
        created_at, expires_at, last_expires_at, address, user_agent, counter, rotated_at,
        rotated_address, rotated_agent)
        values ($1, $2, $3, 'password', '["pwd"]', 'aal1', $4, $4, $4, $4, '127.0.0.1', 'bench', 0, $4,
        '127.0.0.1', 'bench')`,
      values: [session, id, randomId(), now],
    },
    {
      text: `insert into bare_sign_ins (id, user_id, session_id, at, outcome, method, address, user_agent)
        values ($1, $2, $3, $4, 'signed_in', 'password', '127.0.0.1', 'bench')`,
      values: [randomId(), id, session, now],
    },
    recorded(session),
  ]
}

function ended(column: 'id' | 'user_id', id: string): Statement {
  return {
    text: `update bare_sessions set ended_at = $2, ended_reason = 'logout'
      where ${column} = $1 and ended_at is null returning id`,
    values: [id, Date.now()],
  }
}

function recorded(about: string): Statement {
  return {
    text: `insert into bare_audit_events (id, at, event, actor_kind, actor_id, target_kind, target_id,
      details, key_id, mac)
      values ($1, $2, 'session.ended', 'user', $3, 'session', $3, '{"reason":"logout"}', $3, $4)`,
    values: [randomId(), Date.now(), about, randomId() + randomId()],
  }
}

const taken: Statement = {
  text: 'update bare_revocation_head set head = head + 1 where id = 1 returning head',
  values: [],
}

function revoked(id: string): Statement {
  return {
    text: `insert into bare_revocations (seq, id, expires_at)
      select head, $1, $2 from bare_revocation_head where id = 1`,
    values: [id, Date.now()],
  }
}

function newSignature(id: string): Statement {
  return { text: 'update bare_users set signature = $2 where id = $1', values: [id, randomId()] }
}

async function bareUsers(pool: Pool, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, randomId)
  await pool.query(
    `insert into bare_users (id, email, signature, state, created_at)
      select id, id || '@example.org', id, 'active', 1 from unnest($1::text[]) as id`,
    [ids],
  )
  return ids
}

/** Each is the session of a user with the same id, which is also the hash of its handle. */
async function bareSessions(pool: Pool, count: number): Promise<string[]> {
  const ids = await bareUsers(pool, count)
  await pool.query(
    `insert into bare_sessions (id, user_id, handle_hash, method, amr, acr, authenticated_at, created_at,
      expires_at, last_expires_at, address, user_agent, counter, rotated_at, rotated_address, rotated_agent)
      select id, id, id, 'password', '["pwd"]', 'aal1', 1, 1, 9000000000000, 9000000000000, '127.0.0.1',
        'bench', 0, 1, '127.0.0.1', 'bench' from unnest($1::text[]) as id`,
    [ids],
  )
  return ids
}

function randomId(): string {
  return randomBytes(16).toString('base64url')
}
