import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Db } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'
import { onBothEngines } from '#test/support/engines.ts'

onBothEngines('transactions', ({ open }) => {
  test('a transaction that throws is rolled back without the others that share its commit', async () => {
    const db = await withCoins(await open())
    const works = twenty.map((number) =>
      db.transaction(async (query) => {
        await query(sql`insert into coins (id, spent_at) values (${`coin-${number}`}, 0)`)
        if (number % 2 === 1) throw new Error(`no ${number}`)
        return number
      }),
    )
    const outcomes = await Promise.allSettled(works)
    assert.deepEqual(
      outcomes.map((outcome) => outcome.status),
      twenty.map((number) => (number % 2 === 1 ? 'rejected' : 'fulfilled')),
    )
    assert.equal((await coins(db)).length, 10)
  })

  test('the first transaction of a batch is rolled back alone when it throws', async () => {
    const db = await withCoins(await open())
    const first = db.transaction(async (query) => {
      await query(sql`insert into coins (id, spent_at) values ('first', 0)`)
      throw new Error('no')
    })
    const second = db.query(sql`insert into coins (id, spent_at) values ('second', 0) returning id`)
    await assert.rejects(first, /^Error: no$/)
    assert.deepEqual(await second, [{ id: 'second' }])
    assert.deepEqual(await coins(db), ['second'])
  })

  test('of twenty concurrent transactions one wins a conditional update', async () => {
    const db = await withCoins(await open())
    await db.query(sql`insert into coins (id, spent_at) values ('coin', null)`)
    const spent = await Promise.all(
      twenty.map((number) =>
        db.query(
          sql`update coins set spent_at = ${number} where id = 'coin' and spent_at is null returning id`,
        ),
      ),
    )
    assert.equal(spent.flat().length, 1)
  })
})

onBothEngines('transactions and concurrent readers', ({ open }) => {
  test('uncommitted writes are not visible to other queries', async () => {
    const db = await withCoins(await open())
    const written = Promise.withResolvers<void>()
    const looked = Promise.withResolvers<void>()
    const writing = db.transaction(async (query) => {
      await query(sql`insert into coins (id, spent_at) values ('early', 0)`)
      written.resolve()
      await looked.promise
      return query(sql`select id from coins`)
    })
    await written.promise
    assert.deepEqual(await coins(db), [])
    looked.resolve()
    assert.deepEqual(await writing, [{ id: 'early' }])
    assert.deepEqual(await coins(db), ['early'])
  })

  test('a transaction fails after a failed statement, even if the error was caught', async () => {
    const db = await withCoins(await open())
    const work = db.transaction(async (query) => {
      await query(sql`insert into coins (id, spent_at) values ('twice', 0)`)
      await query(sql`insert into coins (id, spent_at) values ('twice', 0)`).catch(() => {})
      return 'done'
    })
    await assert.rejects(work, /unique/i)
    assert.deepEqual(await coins(db), [])
  })

  test('a transaction whose commit fails is rejected, and the database stays usable', async () => {
    const db = await withCoins(await open())
    await db.query(
      sql`create table purses (coin_id text references coins (id) deferrable initially deferred)`,
    )
    await assert.rejects(db.query(sql`insert into purses (coin_id) values ('missing')`), /foreign key/i)
    const work = db.transaction(async (query) => {
      await query(sql`insert into coins (id, spent_at) values ('beside', 0)`)
      await query(sql`insert into purses (coin_id) values ('missing')`)
    })
    await assert.rejects(work, /foreign key/i)
    assert.deepEqual(await coins(db), [])
    await db.query(sql`insert into coins (id, spent_at) values ('after', 0)`)
    assert.deepEqual(await coins(db), ['after'])
  })
})

onBothEngines('transactions that send statements without waiting', ({ open }) => {
  test('statements of a transaction run in order and before the commit, awaited or not', async () => {
    const db = await withCoins(await open())
    const answers = await db.transaction(async (query) => {
      query(sql`insert into coins (id, spent_at) values ('coin', 0)`)
      query(sql`update coins set spent_at = spent_at + 1 where id = 'coin'`)
      const after = query(sql`update coins set spent_at = spent_at * 10 where id = 'coin' returning spent_at`)
      query(sql`update coins set id = 'renamed' where id = 'coin'`)
      return after
    })
    assert.deepEqual(answers, [{ spent_at: 10 }])
    assert.deepEqual(await coins(db), ['renamed'])
  })

  test('a transaction fails with the error of the first statement that failed', async () => {
    const db = await withCoins(await open())
    const work = db.transaction(async (query) => {
      query(sql`insert into coins (id, spent_at) values ('twice', 0)`)
      query(sql`insert into coins (id, spent_at) values ('twice', 0)`)
      query(sql`insert into coins (id, spent_at) values ('behind', 0)`)
      return 'done'
    })
    await assert.rejects(work, /unique/i)
    assert.deepEqual(await coins(db), [])
    await db.transaction((query) => query(sql`insert into coins (id, spent_at) values ('next', 0)`))
    assert.deepEqual(await coins(db), ['next'])
  })
})

onBothEngines('transactions and their limits', ({ open }) => {
  test('the query of a transaction is rejected after the transaction has ended', async () => {
    const db = await withCoins(await open())
    const kept = await db.transaction(async (query) => ({ query }))
    await assert.rejects(kept.query(sql`insert into coins (id, spent_at) values ('late', 0)`), /has ended/)
    assert.deepEqual(await coins(db), [])
  })

  test('the outer database is rejected inside a transaction', async () => {
    const db = await withCoins(await open())
    const reading = db.transaction(async () => db.query(sql`select id from coins`))
    await assert.rejects(reading, /use its own query/)
    const nested = db.transaction(() => db.transaction(async () => 1))
    await assert.rejects(nested, /use its own query/)
  })

  test('closing a database completes earlier transactions and rejects later ones', async () => {
    const db = await withCoins(await open())
    const asked = twenty.map((number) =>
      db.query(sql`insert into coins (id, spent_at) values (${`${number}`}, 0)`),
    )
    const closed = db.close()
    const late = db.query(sql`select 1 as one`)
    await assert.rejects(late, { name: 'DatabaseAway' })
    assert.equal((await Promise.all(asked)).length, 20)
    await closed
  })

  test('exclusive transactions run one at a time', async () => {
    const db = await withCoins(await open())
    let inside = 0
    let most = 0
    const works = [1, 2, 3, 4].map(() =>
      db.exclusively(async (query) => {
        most = Math.max(most, ++inside)
        await query(sql`select id from coins`)
        inside--
      }),
    )
    await Promise.all(works)
    assert.equal(most, 1)
  })
})

const twenty = Array.from({ length: 20 }, (_, index) => index)

async function withCoins(db: Db): Promise<Db> {
  await db.query(sql`create table coins (id text primary key, spent_at bigint)`)
  return db
}

async function coins(db: Db): Promise<unknown[]> {
  return (await db.query(sql`select id from coins order by id`)).map((row) => row.id)
}
