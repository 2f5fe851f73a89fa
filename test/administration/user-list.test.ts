import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { sql } from '#src/store/sql.ts'
import { createUser } from '#src/users/create.ts'
import { userSorts } from '#src/users/list.ts'
import type { World } from '#src/world/world.ts'
import { type Administrator, administered } from '#test/administration/administrator.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { assertFieldRefused } from '#test/support/rejected.ts'
import type { WireUser } from '#test/support/wire-body.ts'

const crowd = 250
const noon = Date.parse('2026-01-01T12:00:00Z')

const named = [
  { email: 'percent%sign@example.org', username: undefined, fullName: '100% Pure' },
  { email: 'under_score@example.org', username: 'under_score', fullName: 'O\'Brien "Bob" \\ Smith!' },
  { email: 'ivan@example.org', username: 'Иван', fullName: 'Иван ПЕТРОВ' },
  { email: 'sigma@xn--bcher-kva.example', username: 'Ünder', fullName: 'Straße ÉCOLE' },
]

async function list(
  admin: Administrator,
  query: Record<string, string | number>,
): Promise<readonly WireUser[]> {
  const reply = await admin.call('GET', `/users?${new URLSearchParams(mapped(query))}`)
  assert.equal(reply.status, 200, reply.text)
  return reply.body.data as unknown as WireUser[]
}

onBothEngines('the pages of the user list', (engine) => {
  const { admin, server } = administered(engine)
  before(() => fill(server().world))

  for (const sort of userSorts) {
    test(`paging by ${sort} lists every user once, in order`, async () => {
      const seen: WireUser[] = []
      for (let cursor: string | null = ''; cursor !== null; ) {
        const { body } = await admin.call(
          'GET',
          `/users?sort=${sort}&limit=37${cursor && `&cursor=${cursor}`}`,
        )
        assert.ok(body.data.length <= 37)
        seen.push(...(body.data as unknown as WireUser[]))
        cursor = body.next_cursor
      }
      assert.equal(seen.length, crowd + named.length + 1)
      assert.equal(new Set(seen.map(({ id }) => id)).size, seen.length)
      const keys = seen.map((user) => keyOf(sort, user))
      const ordered = sort.startsWith('-') ? keys.toReversed() : keys
      for (const [index, key] of ordered.entries()) {
        const next = ordered[index + 1] ?? key
        assert.ok(key <= next, `${key} before ${next}`)
      }
    })
  }

  test('the user list contains the fifty newest users by default', async () => {
    const users = await list(admin, {})
    assert.equal(users.length, 50)
    assert.deepEqual(users, await list(admin, { sort: '-created_at', limit: 50 }))
    assert.equal(users[0]?.id, admin.person.id)
    assert.equal((await list(admin, { limit: 200 })).length, 200)
  })
})

onBothEngines('searching users', (engine) => {
  const { admin, server } = administered(engine)
  before(() => fill(server().world))
  const found = async (q: string) => (await list(admin, { q })).map(({ email }) => email).sort()

  test('users are found by part of an email, username or full name, in any case and script', async () => {
    assert.deepEqual(await found('IVAN@'), ['ivan@example.org'])
    assert.deepEqual(await found('иВаН'), ['ivan@example.org'])
    assert.deepEqual(await found('петров'), ['ivan@example.org'])
    assert.deepEqual(await found('ÜNDER'), ['sigma@xn--bcher-kva.example'])
    assert.deepEqual(await found('école'), ['sigma@xn--bcher-kva.example'])
    assert.deepEqual(await found('strasse'), ['sigma@xn--bcher-kva.example'])
    assert.deepEqual(await found(' crowd-007 '), ['crowd-007@example.org'])
    assert.deepEqual(await found('nobody at all'), [])
    assert.equal((await list(admin, { q: '', limit: 200 })).length, 200)
  })

  test('SQL wildcards in a search have no special meaning', async () => {
    assert.deepEqual(await found('%'), ['percent%sign@example.org'])
    assert.deepEqual(await found('_'), ['under_score@example.org'])
    assert.deepEqual(await found('0% p'), ['percent%sign@example.org'])
    assert.deepEqual(await found('\\'), ['under_score@example.org'])
    assert.deepEqual(await found('!'), ['under_score@example.org'])
    assert.deepEqual(await found("o'b"), ['under_score@example.org'])
    assert.deepEqual(await found('"bob"'), ['under_score@example.org'])
    for (const q of ["' or '1'='1", "'; drop table users --", '%%', '__', '*', '?', '$1']) {
      assert.deepEqual(await found(q), [], q)
    }
  })

  test('status and role filter the user list, together with a search', async () => {
    const disabled = await list(admin, { status: 'disabled', limit: 200 })
    assert.equal(disabled.length, crowd / 10)
    assert.ok(disabled.every(({ status }) => status === 'disabled'))
    const guests = await list(admin, { role: 'guest', limit: 200 })
    assert.equal(guests.length, crowd / 5)
    assert.ok(guests.every(({ roles }) => roles.includes('guest')))
    const both = await list(admin, {
      role: 'guest',
      status: 'active',
      q: 'CROWD-1',
      limit: 200,
      sort: 'email',
    })
    assert.deepEqual(
      both.map(({ email }) => email.slice(6, 9)),
      Array.from({ length: 10 }, (_, index) => String(105 + index * 10)),
    )
    assert.deepEqual(await list(admin, { role: "gue'st" }), [])
    assert.deepEqual(await list(admin, { role: 'gues_' }), [])
  })
})

onBothEngines('invalid queries of the user list', (engine) => {
  const { admin, server } = administered(engine)
  before(() => fill(server().world))

  test('an invalid query is rejected by field', async () => {
    const { body } = await admin.call('GET', '/users?sort=email&limit=1')
    const forged = (mark: unknown) => Buffer.from(JSON.stringify(mark)).toString('base64url')
    const wrong = [
      ['limit', '0'],
      ['limit', '201'],
      ['limit', '1.5'],
      ['limit', 'all'],
      ['sort', 'password_hash'],
      ['sort', 'email desc'],
      ['status', 'deleted'],
      ['q', 'x'.repeat(201)],
      ['q', '\0'],
      ['role', ''],
      ['cursor', 'x'],
      ['cursor', ''],
      ['cursor', String(body.next_cursor)],
      ['cursor', forged(['-created_at', 'text', 'id'])],
      ['cursor', forged(['-created_at', 1e300, 'id'])],
      ['cursor', forged(['-created_at', -1, 'id'])],
      ['cursor', forged(['-created_at', 1, '\0'])],
      ['cursor', forged(['-created_at', 1, '\ud800'])],
      ['cursor', forged(['-created_at', { a: 1 }, 'id'])],
      ['cursor', forged({ 0: '-created_at' })],
    ] as const
    for (const [name, value] of wrong) {
      const reply = await admin.call('GET', `/users?${new URLSearchParams({ [name]: value })}`)
      assertFieldRefused(reply, `/${name}`)
    }
    assertFieldRefused(await admin.call('GET', '/users?q=a&q=b'), '/q')
  })
})

function mapped(query: Record<string, string | number>): Record<string, string> {
  return Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)]))
}

function keyOf(sort: string, user: WireUser): string {
  if (sort.endsWith('email')) return user.email
  return sort.endsWith('created_at') ? user.created_at : (user.last_signed_in_at ?? '')
}

/** Five users for each time, and every third has never signed in, so that there are many ties. */
async function fill({ db, random }: World): Promise<void> {
  await db.transaction(async (query) => {
    for (let number = 0; number < crowd; number++) {
      const email = `crowd-${String(number).padStart(3, '0')}@example.org`
      const roles = number % 5 === 0 ? ['default_user', 'guest'] : ['default_user']
      const person = { email, username: undefined, fullName: undefined, passwordHash: undefined, roles }
      const now = noon + Math.floor(number / 5) * 1000
      const created = await createUser(query, { random, now, person })
      if (created.kind !== 'created') throw new Error(created.kind)
      const { id } = created.user
      if (number % 3 > 0) {
        const at = noon + Math.floor(number / 7) * 60_000
        await query(sql`update users set last_signed_in_at = ${at} where id = ${id}`)
      }
      if (number % 10 === 0) {
        await query(sql`update users set state = 'disabled', disabled_at = ${now} where id = ${id}`)
      }
    }
    for (const who of named) {
      const person = { ...who, passwordHash: undefined, roles: [] }
      await createUser(query, { random, now: noon, person })
    }
  })
}
