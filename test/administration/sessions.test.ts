import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Administrator, administered } from '#test/administration/administrator.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { isAccepted, refresh, signedIn, signIn } from '#test/support/people.ts'
import { assertFieldRefused, assertRefused } from '#test/support/rejected.ts'

onBothEngines('single sessions of a user', (engine) => {
  const { admin, anybody } = administered(engine)

  test('the sessions of a user are listed page by page, newest first', async () => {
    const { person, session } = await anybody()
    const ids = [session.session_id]
    for (let more = 0; more < 4; more++) ids.unshift((await signedIn(admin.client, person)).session_id)
    const seen = await everyPage(admin, `/users/${person.id}/sessions?limit=2`)
    assert.deepEqual([...seen].sort(), [...ids].sort())
    const { body } = await admin.call('GET', `/users/${person.id}/sessions`)
    const times = body.data.map(({ created_at }) => created_at)
    assert.deepEqual(times, times.toSorted().reverse())
    const first = body.data.find(({ id }) => id === session.session_id)
    assert.deepEqual([first?.user_agent, first?.method, first?.current], ['curl/8.5.0', 'password', false])
    const own = (await admin.call('GET', `/users/${admin.person.id}/sessions`)).body.data
    assert.deepEqual(
      own.map(({ current }) => current),
      [true],
    )
  })

  test('ending one session keeps the others', async () => {
    const { person, session } = await anybody()
    const other = await signedIn(admin.client, person)
    const at = `/users/${person.id}/sessions/${session.session_id}`
    for (const _ of ['once', 'again']) assert.equal((await admin.call('DELETE', at)).status, 204)
    assert.equal(await isAccepted(admin.client, session.access_token), false)
    assertRefused(await refresh(admin.client, session.refresh_token), 'refresh_token_revoked')
    assert.equal(await isAccepted(admin.client, other.access_token), true)
    const { data } = (await admin.call('GET', `/users/${person.id}/sessions`)).body
    assert.deepEqual(
      data.map(({ id }) => id),
      [other.session_id],
    )
  })

  test('a session of another user is not found and stays live', async () => {
    const { person } = await anybody()
    const { session } = await anybody()
    for (const sid of [session.session_id, 'nothing', '%00']) {
      assertRefused(await admin.call('DELETE', `/users/${person.id}/sessions/${sid}`), 'not_found')
    }
    assert.equal(await isAccepted(admin.client, session.access_token), true)
  })
})

onBothEngines('all sessions of a user', (engine) => {
  const { admin, anybody } = administered(engine)

  test('ending all sessions does not affect later ones', async () => {
    const { person, session } = await anybody()
    const { session: stranger } = await anybody()
    const other = await signedIn(admin.client, person)
    const ended = await admin.call('DELETE', `/users/${person.id}/sessions`)
    assert.deepEqual([ended.status, ended.body.sessions_ended, ended.body.everywhere], [200, 2, true])
    for (const { access_token, refresh_token } of [session, other]) {
      assert.equal(await isAccepted(admin.client, access_token), false)
      assertRefused(await refresh(admin.client, refresh_token), 'refresh_token_revoked')
    }
    const later = await signedIn(admin.client, person)
    assert.equal(await isAccepted(admin.client, later.access_token), true)
    assert.equal(await isAccepted(admin.client, stranger.access_token), true)
    assert.equal((await admin.call('DELETE', `/users/${person.id}/sessions`)).body.sessions_ended, 1)
    assert.equal((await admin.call('DELETE', `/users/${person.id}/sessions`)).body.sessions_ended, 0)
  })

  test('logging a user out everywhere revokes all their tokens and no others', async () => {
    const { person, session } = await anybody()
    const { session: stranger } = await anybody()
    const other = await signedIn(admin.client, person)
    const reply = await admin.call('POST', `/users/${person.id}/logout_all`, {})
    assert.equal(reply.status, 200)
    assert.deepEqual([reply.body.sessions_ended, reply.body.everywhere], [2, true])
    assert.equal(typeof reply.body.waited_ms, 'number')
    for (const { access_token } of [session, other]) {
      assert.equal(await isAccepted(admin.client, access_token), false)
    }
    assert.equal(await isAccepted(admin.client, stranger.access_token), true)
    assertFieldRefused(await admin.call('POST', `/users/${person.id}/logout_all`, { all: 1 }), '/all')
  })

  test('the history of a user lists failed sign-ins too, page by page', async () => {
    const { person } = await anybody()
    for (const password of ['wrong 1', 'wrong 2']) {
      await signIn(admin.client, { login: person.email, password })
    }
    const { body } = await admin.call('GET', `/users/${person.id}/history`)
    assert.deepEqual(body.data.map(({ outcome }) => outcome).sort(), [
      'signed_in',
      'wrong_credentials',
      'wrong_credentials',
    ])
    const seen = await everyPage(admin, `/users/${person.id}/history?limit=1`)
    assert.deepEqual([...seen].sort(), body.data.map(({ id }) => id).sort())
    for (const wrong of ['limit=0', 'limit=201', 'limit=x', 'cursor=x']) {
      const reply = await admin.call('GET', `/users/${person.id}/history?${wrong}`)
      assertFieldRefused(reply, `/${wrong.slice(0, wrong.indexOf('='))}`)
    }
  })
})

async function everyPage(admin: Administrator, path: string): Promise<string[]> {
  const seen: string[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body } = await admin.call('GET', `${path}${cursor && `&cursor=${cursor}`}`)
    seen.push(...body.data.map(({ id }) => id))
    cursor = body.next_cursor
  }
  return seen
}
