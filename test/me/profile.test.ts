import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listAudit } from '#src/audit/list-audit.ts'
import { readCursor } from '#src/http/cursor.ts'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { partsOf } from '#test/support/forging.ts'
import { arrived, isAccepted, refresh, signedUp, signIn } from '#test/support/people.ts'
import { assertFieldRefused, assertRefused } from '#test/support/rejected.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

const me = '/api/v1/me'

onBothEngines('profile', (engine) => {
  const server = serverForSuite(engine)

  test('the current user gets their own data only with a valid token', async () => {
    const client = clientAt(server().url)
    const { person, session } = await arrived(client, { username: 'It.is.me', full_name: 'Ann O’Dyne' })
    const { body } = await client.get(me, { bearer: session.access_token })
    const { created_at, last_signed_in_at, ...rest } = body
    assert.deepEqual(rest, {
      id: person.id,
      email: person.email,
      email_verified: false,
      username: 'It.is.me',
      full_name: 'Ann O’Dyne',
      status: 'active',
      roles: ['default_user'],
    })
    assert.ok(Date.parse(created_at) <= Date.parse(last_signed_in_at ?? ''))
    assertRefused(await client.get(me), 'not_signed_in')
  })

  test('changing the full name keeps tokens valid', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client)
    const bearer = session.access_token
    const names = ['Ann', '<script>alert(1)</script>', '🗝️ Ключ', null]
    for (const full_name of names) {
      const reply = await client.patch(me, { full_name }, { bearer })
      assert.deepEqual([reply.status, reply.body.full_name], [200, full_name])
      assert.equal((await client.get(me, { bearer })).body.full_name, full_name)
    }
    for (const full_name of ['', 'x'.repeat(201), 'a\0b', 'lone \ud800', 5]) {
      assertFieldRefused(await client.patch(me, { full_name }, { bearer }), '/full_name')
    }
    assert.equal((await client.patch(me, {}, { bearer })).status, 200)
    assert.equal(await isAccepted(client, bearer), true)
  })
})

onBothEngines('changes of the username', (engine) => {
  const server = serverForSuite(engine)

  test('changing the username revokes the old token, and a refreshed token has the new name', async () => {
    const client = clientAt(server().url)
    const { person, session } = await arrived(client, { username: 'old.name' })
    const reply = await client.patch(me, { username: 'new.name' }, { bearer: session.access_token })
    assert.deepEqual([reply.status, reply.body.username], [200, 'new.name'])
    assert.equal(await isAccepted(client, session.access_token), false)
    const next = await refresh(client, session.refresh_token)
    assert.equal(next.status, 200, next.text)
    assert.equal(partsOf(next.body.access_token).claims.preferred_username, 'new.name')
    assert.equal(await isAccepted(client, next.body.access_token), true)
    const { password } = person
    assertRefused(await signIn(client, { login: 'old.name', password }), 'wrong_credentials')
    assert.equal((await signIn(client, { login: 'NEW.name', password })).status, 200)
    await signedUp(client, { username: 'old.name' })
  })

  test('the username can be removed', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client, { username: 'just.for.now' })
    const reply = await client.patch(me, { username: null }, { bearer: session.access_token })
    assert.equal(reply.body.username, null)
    const next = await refresh(client, session.refresh_token)
    assert.ok(!('preferred_username' in partsOf(next.body.access_token).claims))
  })

  test('a taken username is rejected, and nothing is changed', async () => {
    const client = clientAt(server().url)
    await signedUp(client, { username: 'Taken' })
    const { session } = await arrived(client, { username: 'mine', full_name: 'Before' })
    const bearer = session.access_token
    const both = { full_name: 'After', username: 'tAKEN' }
    assertRefused(await client.patch(me, both, { bearer }), 'username_taken')
    assertFieldRefused(await client.patch(me, { ...both, username: 'a@b' }, { bearer }), '/username')
    const { body } = await client.get(me, { bearer })
    assert.deepEqual([body.username, body.full_name], ['mine', 'Before'])
    const own = await client.patch(me, { username: 'MINE' }, { bearer })
    assert.equal(own.body.username, 'MINE')
  })
})

onBothEngines('changes without an effect', (engine) => {
  const server = serverForSuite(engine)

  test('saving the same names revokes no token and records no event', async () => {
    const client = clientAt(server().url)
    const { person, session } = await arrived(client, { username: 'stays', full_name: 'The Same' })
    const bearer = session.access_token
    for (const edit of [{}, { username: 'stays' }, { full_name: 'The Same', username: 'stays' }]) {
      assert.equal((await client.patch(me, edit, { bearer })).status, 200)
    }
    assert.equal(await isAccepted(client, bearer), true)
    const filters = { event: 'profile.changed', actorId: undefined, targetId: person.id } as const
    const about = { place: readCursor(undefined), limit: 10, filters }
    assert.deepEqual(await listAudit(server().world, about), [])
    assert.equal((await client.patch(me, { full_name: 'Another' }, { bearer })).status, 200)
    assert.equal((await listAudit(server().world, about)).length, 1)
  })
})
