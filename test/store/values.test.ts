import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Db } from '#src/store/db.ts'
import { perDialect, rowsOf, sql } from '#src/store/sql.ts'
import { onBothEngines } from '#test/support/engines.ts'

onBothEngines('values', ({ open, dialect }) => {
  test('values are read as they were written', async () => {
    const db = await withNotes(await open())
    const moment = 8_640_000_000_000_000
    const text = 'Zoë "quoted" \\ 🦊 ? $1'
    await db.query(
      sql`insert into notes (id, text, at) values ('a', ${text}, ${moment}), ('b', ${null}, ${-0})`,
    )
    assert.deepEqual(await db.query(sql`select * from notes order by id`), [
      { id: 'a', text, at: moment },
      { id: 'b', text: null, at: 0 },
    ])
  })

  test('counts, sums and comparisons are numbers', async () => {
    const db = await withNotes(await open())
    await db.query(sql`insert into notes (id, at) values ('a', 1), ('b', 2)`)
    const [row] = await db.query(
      sql`select count(*) as count, sum(at) as sum, max(at) > 1 as late from notes`,
    )
    assert.deepEqual(row, { count: 2, sum: 3, late: 1 })
  })

  test('a number in a text column is stored as its digits', async () => {
    const db = await withNotes(await open())
    await db.query(sql`insert into notes (id, text, at) values ('a', ${5}, 0)`)
    assert.deepEqual(await db.query(sql`select text from notes`), [{ text: '5' }])
  })

  test('a number that cannot be stored exactly is rejected', async () => {
    const db = await withNotes(await open())
    await db.query(sql`insert into notes (id, at) values ('a', 9007199254740993)`)
    await assert.rejects(db.query(sql`select at from notes`), { name: 'RangeError' })
  })

  test('a statement that differs between the engines runs as the text for its engine', async () => {
    const db = await open()
    const differing = perDialect({
      sqlite: sql`select 'sqlite' as name`,
      postgres: sql`select 'postgres' as name`,
    })
    assert.deepEqual(await db.query(differing), [{ name: dialect }])
  })

  test('columns that were added after a statement was prepared are returned', async () => {
    const db = await withNotes(await open())
    const everything = () => db.query(sql`select * from notes`)
    await db.query(sql`insert into notes (id) values ('a')`)
    await Promise.all([everything(), everything(), everything()])
    await db.query(sql`alter table notes add column colour text`)
    assert.deepEqual(await everything(), [{ id: 'a', text: null, at: null, colour: null }])
    const within = await db.transaction(async (query) => query(sql`select * from notes`))
    assert.equal(within.length, 1)
  })
})

const unstorable: [string, unknown][] = [
  ['undefined', undefined],
  ['a boolean', true],
  ['a date', new Date(0)],
  ['a bigint', 5n],
  ['an object that looks like a table of values', { columns: 'id text', json: '[]' }],
  ['not a number', Number.NaN],
  ['an infinite number', Number.POSITIVE_INFINITY],
  ['a whole number that is not exact', 2 ** 53],
]

onBothEngines('values that no column can store', ({ open }) => {
  for (const [what, value] of unstorable) {
    test(`a value is rejected with its position and without its content: ${what}`, async () => {
      const db = await withNotes(await open())
      const given = value as string
      const told = { name: 'TypeError', message: /^Value 2 is .* insert into notes/s }
      await assert.rejects(db.query(sql`insert into notes (id, text, at) values (${'a'}, ${given}, 0)`), told)
      await assert.rejects(
        db.transaction((query) => query(sql`insert into notes (id, text, at) values (${'a'}, ${given}, 0)`)),
        told,
      )
      assert.deepEqual(await db.query(sql`select id from notes`), [])
    })
  }
})

onBothEngines('a table of values in a statement', ({ open }) => {
  test('rows are stored as they are, in any number, and are read in their order', async () => {
    const db = await withNotes(await open())
    const texts = ['', "it's", '"{}', 'Ω\u2028\\', '007', null]
    const notes = texts.map((text, index) => ({ id: `${9 - index}`, text, at: 1_764_000_000_000 + index }))
    for (const list of [notes, []]) {
      await db.query(sql`insert into notes (id, text, at) select id, text, at
        from ${rowsOf('id text, text text, at bigint', list)} as given`)
    }
    assert.deepEqual(await db.query(sql`select id, text, at from notes order by id desc`), notes)
    const wanted = ['6', '9', 'missing'].map((id) => ({ id }))
    const found = await db.query(sql`select notes.id, text from ${rowsOf('id text', wanted)} as wanted
      join notes on notes.id = wanted.id`)
    assert.deepEqual(found, [
      { id: '6', text: 'Ω\u2028\\' },
      { id: '9', text: '' },
    ])
  })
})

async function withNotes(db: Db): Promise<Db> {
  await db.query(sql`create table notes (id text primary key, text text, at bigint)`)
  return db
}
