import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Db } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'
import { listBeginning } from '#src/users/beginnings.ts'
import { onBothEngines } from '#test/support/engines.ts'

const everyone = { state: undefined, role: undefined, after: undefined, limit: 10 }

async function fill({ query }: Db, users: number): Promise<void> {
  await query(sql`insert into users (id, email, full_name, full_name_key, username, username_key, signature,
      state, created_at)
    with recursive numbers (n) as (select cast(0 as bigint) union all
      select n + 1 from numbers where n + 1 < ${users})
    select 'user' || n, 'person' || n || '@example.org', 'Ann ' || n, 'ann ' || n, 'Nick' || n, 'nick' || n,
      'signature' || n, 'active', n from numbers`)
}

onBothEngines('users by the beginning of a name', (engine) => {
  test('users are found by the beginning of an email, a username or a full name', async () => {
    const db = await engine.open()
    await fill(db, 20_100)
    const found = async (q: string, more: Partial<typeof everyone> = {}) => {
      const users = await listBeginning(db.query, { ...everyone, ...more, q })
      return users?.map(({ id }) => id)
    }
    assert.deepEqual(await found('person2009'), [
      'user20099',
      'user20098',
      'user20097',
      'user20096',
      'user20095',
      'user20094',
      'user20093',
      'user20092',
      'user20091',
      'user20090',
    ])
    assert.deepEqual(await found('Person20099@'), ['user20099'])
    assert.deepEqual(await found('NICK17'), (await found('ann 17'))?.slice())
    assert.deepEqual(await found('erson20099'), [])
    assert.deepEqual(await found('person20099%'), [])
    // A scan finds the first of so many sooner.
    assert.equal(await found('person'), undefined)
    await db.query(sql`update users set state = 'disabled', disabled_at = 1 where id = 'user20098'`)
    const wanted = { ...everyone, q: 'person2009', state: 'disabled' } as const
    assert.deepEqual(
      (await listBeginning(db.query, wanted))?.map(({ id }) => id),
      ['user20098'],
    )
    const after = { key: 20_091, id: 'user20091' }
    const rest = await listBeginning(db.query, { ...everyone, q: 'person2009', after })
    assert.deepEqual(
      rest?.map(({ id }) => id),
      ['user20090', 'user2009'],
    )
  })

  test('among few users, a search finds any part of a name without an index', async () => {
    const db = await engine.open()
    await fill(db, 50)
    assert.equal(await listBeginning(db.query, { ...everyone, q: 'person1' }), undefined)
  })
})
