import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as soon } from 'node:timers/promises'
import { systemClock } from '#src/platform/clock.ts'
import { CommitUnknown, DatabaseAway, type Db, type Query } from '#src/store/db.ts'
import { openHints } from '#src/store/hints.ts'
import { openPostgres } from '#src/store/postgres.ts'
import { sql } from '#src/store/sql.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { type TcpProxy, tcpProxyTo } from '#test/support/tcp-proxy.ts'

type Test = { after(close: () => Promise<void>): void }

const skip = process.env.SIGIL_TEST_POSTGRES_URL
  ? false
  : 'SIGIL_TEST_POSTGRES_URL is not set: run through npm test'
const limitMs = 300
/** Transactions may use two of them. */
const poolSize = 3
const one = sql`select 1 as one`
const coins = sql`select id from coins`

test(
  'an urgent statement without a response fails after its limit, and the next one succeeds',
  { skip },
  async (t) => {
    const { urgently, proxy } = await openBehindProxy(t)
    proxy.silence()
    const began = performance.now()
    await assert.rejects(urgently(sql`insert into coins (id) values ('a')`), CommitUnknown)
    const gaveUpMs = performance.now() - began
    assert.ok(gaveUpMs >= limitMs - 1 && gaveUpMs < 5 * limitMs, `after ${gaveUpMs} ms`)
    assert.deepEqual(await urgently(one), [{ one: 1 }])
  },
)

test('an urgent statement may still run after its limit', { skip }, async (t) => {
  const { urgently, proxy } = await openBehindProxy(t)
  proxy.silence()
  await assert.rejects(urgently(sql`insert into coins (id) values ('late') returning id`), CommitUnknown)
  assert.deepEqual(await urgently(coins), [])
  proxy.resume()
  for (;;) {
    const rows = await urgently(coins)
    if (rows.length === 0) continue
    assert.deepEqual(rows, [{ id: 'late' }])
    break
  }
})

test(
  'after silence all calls use new connections, although others still wait on the old ones',
  { skip },
  async (t) => {
    const { db, urgently, proxy } = await openBehindProxy(t)
    await Promise.all(Array.from({ length: poolSize }, () => db.query(one)))
    proxy.silence()
    // Enough to use all connections and fill the queue.
    const hung = [db.query(one), ...[1, 2].map(() => db.transaction((query) => query(one)))]
    const ended: string[] = []
    for (const call of hung) call.catch(() => {}).then(() => ended.push('ended'))
    await assert.rejects(urgently(one), DatabaseAway)
    await urgently(one)
    assert.deepEqual(await db.query(one), [{ one: 1 }])
    assert.deepEqual(await db.transaction((query) => query(one)), [{ one: 1 }])
    assert.deepEqual(ended, [])
    proxy.cut()
    for (const { status } of await Promise.allSettled(hung)) assert.equal(status, 'rejected')
  },
)

test('an urgent statement does not wait for connections in use by other calls', { skip }, async (t) => {
  const { db, urgently } = await openBehindProxy(t)
  const [isHeld, free] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const touch = sql`update coins set touched = touched + 1`
  await db.query(sql`insert into coins (id) values ('a')`)
  const holding = db.transaction(async (query) => {
    await query(touch)
    isHeld.resolve()
    await free.promise
  })
  await isHeld.promise
  const waiting = [db.transaction((query) => query(touch)), ...[1, 2, 3].map(() => db.query(touch))]
  for (let times = 0; times < 20; times++) assert.deepEqual(await urgently(one), [{ one: 1 }])
  free.resolve()
  await Promise.all([holding, ...waiting])
})

test('statements on replaced connections continue, because they may only be slow', { skip }, async (t) => {
  const { db, urgently, proxy } = await openBehindProxy(t)
  const [isBegun, free] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const slow = db.transaction(async (query) => {
    await query(sql`insert into coins (id) values ('slow')`)
    isBegun.resolve()
    await free.promise
  })
  await isBegun.promise
  proxy.silence()
  await assert.rejects(urgently(one), DatabaseAway)
  await urgently(one)
  assert.deepEqual(await db.query(coins), [])
  proxy.resume()
  free.resolve()
  await slow
  assert.deepEqual(await db.query(coins), [{ id: 'slow' }])
})

test('connections are not replaced while the database is being closed', { skip }, async (t) => {
  const { db, urgently, proxy } = await openBehindProxy(t)
  proxy.silence()
  await assert.rejects(urgently(one), DatabaseAway)
  const last = urgently(one)
  await db.close()
  assert.deepEqual(await last, [{ one: 1 }])
})

test('silently dropped connections do not keep the process alive after close', { skip }, async (t) => {
  const { db, urgently, proxy, url } = await openBehindProxy(t)
  await heardBy(url, t, urgently)
  const before = sockets()
  proxy.silence()
  await db.close()
  for (let semaphore = 0; semaphore < 100 && sockets() === before; semaphore++) await soon()
  // The sockets of the proxy are still open.
  assert.equal(sockets(), before - 2)
})

test('a listener for hints reconnects after a silently dropped connection', { skip }, async (t) => {
  const { urgently, proxy, url } = await openBehindProxy(t)
  const heard = await heardBy(url, t, urgently)
  proxy.silence()
  await assert.rejects(urgently(one), DatabaseAway)
  heard.length = 0
  while (heard.length === 0) await urgently(hint)
})

const hint = sql`select pg_notify('sigil_hint', 'hint')`

async function heardBy(url: string, t: Test, urgently: Query): Promise<string[]> {
  const heard: string[] = []
  const hints = openHints({ url, clock: systemClock, lookEveryMs: 300 }, (payload) => heard.push(payload))
  t.after(() => hints.close())
  while (heard.length === 0) await urgently(hint)
  return heard
}

function sockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length
}

async function openBehindProxy(t: Test): Promise<{ db: Db; urgently: Query; proxy: TcpProxy; url: string }> {
  const { databaseUrl = '' } = await freshDatabaseUrl('postgres')
  const proxy = await tcpProxyTo(databaseUrl)
  const url = proxy.through(databaseUrl)
  const db = await openPostgres({ url, poolSize, patienceMs: 1000 })
  t.after(() => db.close().finally(proxy.close))
  await db.query(sql`create table coins (id text primary key, touched bigint not null default 0)`)
  const urgently = db.urgent(limitMs)
  await urgently(one)
  return { db, urgently, proxy, url }
}
