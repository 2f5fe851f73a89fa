import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CommitUnknown, DatabaseAway, type Db } from '#src/store/db.ts'
import { openPostgres } from '#src/store/postgres.ts'
import { sql } from '#src/store/sql.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { type TcpProxy, tcpProxyTo } from '#test/support/tcp-proxy.ts'

type Test = { after(close: () => Promise<void>): void }

const skip = process.env.SIGIL_TEST_POSTGRES_URL
  ? false
  : 'SIGIL_TEST_POSTGRES_URL is not set: run through npm test'
const away = (error: unknown) => error instanceof DatabaseAway && !(error instanceof CommitUnknown)

test('a PostgreSQL that stopped is unavailable until it is back', { skip }, async (t) => {
  const { db, proxy } = await openBehindProxy(t)
  proxy.cut()
  await assert.rejects(db.query(sql`select 1 as one`), away)
  await assert.rejects(db.query(sql`select 1 as one`), away)
  await assert.rejects(
    db.transaction((query) => query(sql`select 1 as one`)),
    away,
  )
  proxy.mend()
  assert.deepEqual(await db.query(sql`select 1 as one`), [{ one: 1 }])
})

test('a PostgreSQL that does not respond is unavailable after a while', { skip }, async (t) => {
  const { db, proxy } = await openBehindProxy(t, 100)
  proxy.pause()
  const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => db.query(sql`select 1 as one`)))
  for (const outcome of outcomes) assert.ok(outcome.status === 'rejected' && away(outcome.reason))
  proxy.resume()
  assert.deepEqual(await db.query(sql`select 1 as one`), [{ one: 1 }])
})

test('a database whose connections are all in use is unavailable', { skip }, async (t) => {
  const { db } = await openBehindProxy(t, 100)
  const free = Promise.withResolvers<void>()
  const holding = [1, 2].map(() => db.transaction(() => free.promise))
  await assert.rejects(db.query(sql`select 1 as one`), away)
  free.resolve()
  await Promise.all(holding)
})

test('transactions waiting for one row lock leave connections for other calls', { skip }, async (t) => {
  const { db } = await openBehindProxy(t, 5000, 6)
  await db.query(sql`insert into coins (id) values ('a')`)
  const [isHeld, free] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const touch = sql`update coins set touched = touched + 1 where id = 'a'`
  const holding = db.transaction(async (query) => {
    await query(touch)
    isHeld.resolve()
    await free.promise
  })
  await isHeld.promise
  const waiting = Array.from({ length: 20 }, () => db.transaction((query) => query(touch)))
  try {
    for (let times = 0; times < 20; times++)
      assert.deepEqual(await db.query(sql`select touched from coins`), [{ touched: 0 }])
  } finally {
    free.resolve()
    await Promise.all([holding, ...waiting])
  }
  assert.deepEqual(await db.query(sql`select touched from coins`), [{ touched: 21 }])
})

test('transactions that wait in line are completed before the database is closed', { skip }, async (t) => {
  const { db } = await openBehindProxy(t)
  const add = (id: number) =>
    db.transaction((query) => query(sql`insert into coins (id) values (${`${id}`})`))
  const adding = Array.from({ length: 10 }, (_, id) => add(id))
  await db.close()
  assert.equal((await Promise.all(adding)).length, 10)
})

test('a stalled transaction blocks others for at most three seconds', { skip }, async (t) => {
  const { db } = await openBehindProxy(t)
  const [row] = await db.query(sql`select current_setting('idle_in_transaction_session_timeout') as pause`)
  assert.equal(row?.pause, '3s')
})

test('a commit whose response is lost has an unknown outcome, even if it happened', { skip }, async (t) => {
  const { db, proxy } = await openBehindProxy(t)
  const cut = proxy.swallowAnswerTo('commit')
  const work = db.transaction((query) => query(sql`insert into coins (id) values ('a')`))
  await assert.rejects(work, CommitUnknown)
  await cut
  assert.deepEqual(await db.query(sql`select id from coins`), [{ id: 'a' }])
})

test('a single write whose response is lost has an unknown outcome', { skip }, async (t) => {
  const { db, proxy } = await openBehindProxy(t)
  const cut = proxy.swallowAnswerTo('insert into coins')
  await assert.rejects(db.query(sql`insert into coins (id) values ('a')`), CommitUnknown)
  await cut
  assert.deepEqual(await db.query(sql`select id from coins`), [{ id: 'a' }])
})

test('a transaction whose connection is lost before its commit is rolled back', { skip }, async (t) => {
  const { db, proxy } = await openBehindProxy(t)
  const cut = proxy.swallowAnswerTo('insert into coins')
  await assert.rejects(
    db.transaction((query) => query(sql`insert into coins (id) values ('a')`)),
    away,
  )
  await cut
  assert.deepEqual(await db.query(sql`select id from coins`), [])
})

test('a connection that the server closes is unavailable, and the next one works', { skip }, async (t) => {
  const { db } = await openBehindProxy(t)
  const work = db.transaction((query) => query(sql`select pg_terminate_backend(pg_backend_pid())`))
  await assert.rejects(work, away)
  assert.deepEqual(await db.query(sql`select 1 as one`), [{ one: 1 }])
})

test('a commit with a warning about replication has an unknown outcome', { skip }, async (t) => {
  const { db } = await openBehindProxy(t)
  await db.query(sql`
    create function warn() returns trigger language plpgsql as
      $$ begin raise warning 'canceling wait for synchronous replication'; return null; end $$`)
  await db.query(sql`
    create constraint trigger warns after insert on coins deferrable initially deferred
      for each row execute function warn()`)
  await assert.rejects(db.query(sql`insert into coins (id) values ('a')`), CommitUnknown)
  const work = db.transaction((query) => query(sql`insert into coins (id) values ('b')`))
  await assert.rejects(work, CommitUnknown)
  assert.deepEqual(await db.query(sql`select count(*) as count from coins`), [{ count: 2 }])
})

test('two transactions in a deadlock both succeed, one of them on a second attempt', { skip }, async (t) => {
  const { db } = await openBehindProxy(t)
  await db.query(sql`insert into coins (id) values ('a'), ('b')`)
  const bothHaveOne = Promise.withResolvers<void>()
  let tries = 0
  const lockBoth = (first: string, second: string) =>
    db.transaction(async (query) => {
      await query(sql`update coins set touched = touched + 1 where id = ${first}`)
      if (++tries === 2) bothHaveOne.resolve()
      await bothHaveOne.promise
      await query(sql`update coins set touched = touched + 1 where id = ${second}`)
    })
  await Promise.all([lockBoth('a', 'b'), lockBoth('b', 'a')])
  assert.equal(tries, 3)
  assert.deepEqual(await db.query(sql`select touched from coins`), [{ touched: 2 }, { touched: 2 }])
})

for (const level of ['off', 'local']) {
  test(`a PostgreSQL with synchronous_commit = ${level} is rejected`, { skip }, async (t) => {
    const { databaseUrl = '' } = await freshDatabaseUrl('postgres')
    const url = new URL(databaseUrl)
    url.searchParams.set('options', `-c synchronous_commit=${level}`)
    await assert.rejects(openPostgres({ url: url.href }), {
      name: 'NotDurable',
      message: new RegExp(`= ${level}`),
    })
    url.searchParams.set('options', '-c synchronous_commit=remote_apply')
    const db = await openPostgres({ url: url.href })
    t.after(() => db.close())
  })
}

test('a database that does not exist is reported as such, not as unavailable', { skip }, async () => {
  const { databaseUrl = '' } = await freshDatabaseUrl('postgres')
  await assert.rejects(openPostgres({ url: `${databaseUrl}_missing` }), /does not exist/)
})

async function openBehindProxy(
  t: Test,
  patienceMs = 5000,
  poolSize = 2,
): Promise<{ db: Db; proxy: TcpProxy }> {
  const { databaseUrl = '' } = await freshDatabaseUrl('postgres')
  const proxy = await tcpProxyTo(databaseUrl)
  const db = await openPostgres({ url: proxy.through(databaseUrl), poolSize, patienceMs })
  t.after(() => db.close().finally(proxy.close))
  await db.query(sql`create table coins (id text primary key, touched bigint not null default 0)`)
  return { db, proxy }
}
