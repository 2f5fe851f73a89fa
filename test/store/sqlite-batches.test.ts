import assert from 'node:assert/strict'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { sql } from '#src/store/sql.ts'
import { openSqlite } from '#src/store/sqlite.ts'
import { freshDatabaseUrl, openPlace } from '#test/support/engines.ts'
import { openBeside } from '../support/sqlite-file.ts'

test('all writes of a failed commit are rejected, and none has resolved before', async () => {
  const db = await openPlace(await freshDatabaseUrl('sqlite'))
  await db.query(sql`create table coins (id text primary key)`)
  await db.query(sql`create table purses (coin_id text references coins (id) deferrable initially deferred)`)
  const outcomes = await Promise.allSettled([
    db.query(sql`insert into coins (id) values ('a')`),
    db.transaction(async () => {
      throw new Error('decided based on other writes')
    }),
    db.query(sql`insert into purses (coin_id) values ('missing')`),
    db.query(sql`insert into coins (id) values ('b')`),
  ])
  for (const outcome of outcomes) {
    assert.match(String(outcome.status === 'rejected' && outcome.reason), /FOREIGN KEY constraint failed/)
  }
  assert.deepEqual(await db.query(sql`select id from coins`), [])
})

test('when SQLite rolls a whole batch back, its writes are rejected and later ones succeed', async () => {
  const db = await openPlace(await freshDatabaseUrl('sqlite'))
  await db.query(sql`create table coins (id text primary key)`)
  const [before, culprit, behind] = await Promise.allSettled([
    db.query(sql`insert into coins (id) values ('a')`),
    db.query(sql`insert or rollback into coins (id) values ('a')`),
    db.query(sql`insert into coins (id) values ('c')`),
  ])
  assert.equal(before.status === 'rejected' && before.reason.name, 'DatabaseAway')
  assert.match(String(culprit.status === 'rejected' && culprit.reason), /UNIQUE/)
  assert.equal(behind.status, 'fulfilled')
  assert.deepEqual(await db.query(sql`select id from coins`), [{ id: 'c' }])
})

test('a statement that ends its own transaction is an error', async () => {
  const db = await openPlace(await freshDatabaseUrl('sqlite'))
  await assert.rejects(
    db.transaction((query) => query(sql`commit`)),
    /ended its own transaction/,
  )
})

test('a database that another process is writing to is unavailable for all waiting writes', async () => {
  const place = await freshDatabaseUrl('sqlite')
  const db = await openPlace(place)
  const shell = openBeside(place.dataDir)
  shell.exec('create table coins (id text primary key); begin immediate')
  const waiting = [1, 2, 3].map((id) => db.query(sql`insert into coins (id) values (${id})`))
  for (const outcome of await Promise.allSettled(waiting)) {
    assert.equal(outcome.status === 'rejected' && outcome.reason.name, 'DatabaseAway')
  }
  shell.exec('rollback')
  shell.close()
  await db.query(sql`insert into coins (id) values ('free')`)
  assert.deepEqual(await db.query(sql`select id from coins`), [{ id: 'free' }])
})

test('a write waits for the disk', async () => {
  const place = await freshDatabaseUrl('sqlite')
  const db = await openPlace(place)
  const [level] = await db.transaction((query) => query(sql`pragma synchronous`))
  const [journal] = await db.transaction((query) => query(sql`pragma journal_mode`))
  const [keys] = await db.transaction((query) => query(sql`pragma foreign_keys`))
  assert.deepEqual([level, journal, keys], [{ synchronous: 2 }, { journal_mode: 'wal' }, { foreign_keys: 1 }])
})

test('the data folder and its files are accessible to one user only', async () => {
  const place = await freshDatabaseUrl('sqlite')
  const folder = join(place.dataDir, 'made', 'on', 'the', 'way')
  const db = await openSqlite({ file: join(folder, 'sigil.db') })
  await db.query(sql`create table coins (id text primary key)`)
  const modes = readdirSync(folder).map((name) => [
    name,
    (statSync(join(folder, name)).mode & 0o777).toString(8),
  ])
  assert.equal((statSync(folder).mode & 0o777).toString(8), '700')
  assert.deepEqual(new Set(modes.map(([, mode]) => mode)), new Set(['600']))
  assert.ok(modes.length >= 3, 'the database, its log and its lock')
  await db.close()
})
