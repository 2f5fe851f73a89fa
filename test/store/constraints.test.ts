import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokenReference, Duplicate } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'
import { onBothEngines } from '#test/support/engines.ts'

onBothEngines('constraints', ({ open }) => {
  const wrongs = [
    ['a second row under one key', Duplicate, () => sql`insert into roles values ('guest', '', null, 0, 0)`],
    [
      'a reference to nothing',
      BrokenReference,
      () => sql`insert into user_roles values ('nobody', 'guest', 0)`,
    ],
    ['a reference left behind', BrokenReference, () => sql`delete from roles where name = 'guest'`],
  ] as const

  for (const [what, kind, statement] of wrongs) {
    test(`${what} fails with a specific error, and the database stays usable`, async () => {
      const db = await open()
      await db.query(sql`insert into users (id, email, signature, state, created_at)
        values ('ada', 'ada@example.org', 's', 'active', 0)`)
      await db.query(sql`insert into user_roles values ('ada', 'guest', 0)`)
      await assert.rejects(db.query(statement()), kind)
      await assert.rejects(
        db.transaction((query) => query(statement())),
        kind,
      )
      const held = await db.query(sql`select user_id, role from user_roles`)
      assert.deepEqual(held, [{ user_id: 'ada', role: 'guest' }])
    })
  }
})
