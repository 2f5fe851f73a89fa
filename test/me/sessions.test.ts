import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrived, isAccepted, refresh, signedIn, signedUp, signIn } from '#test/support/people.ts'
import { assertFieldRefused, assertRefused } from '#test/support/rejected.ts'
import { serverForSuite } from '#test/support/suite-server.ts'
import type { WireLine } from '#test/support/wire-body.ts'

const sessions = '/api/v1/me/sessions'
const history = '/api/v1/me/history'
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'

onBothEngines('sessions of the current user', (engine) => {
  const server = serverForSuite(engine, { SIGIL_TRUSTED_PROXIES: '127.0.0.1,::1' })

  test('sessions are listed newest first, with their origin and a mark on the current one', async () => {
    const { url } = server()
    const person = await signedUp(clientAt(url))
    const laptop = clientAt(url, { userAgent: firefox, address: '2001:db8::7' })
    const first = await signedIn(laptop, person)
    const second = await signedIn(clientAt(url, { userAgent: 'Thing/1' }), person)
    const reply = await clientAt(url).get(sessions, { bearer: first.access_token })
    const { data, next_cursor } = reply.body
    assert.deepEqual(
      data.map(({ id, current }) => [id, current]),
      [
        [second.session_id, false],
        [first.session_id, true],
      ],
    )
    const { browser, system, ip, user_agent, method } = data[1] ?? {}
    assert.deepEqual([browser, system, ip], ['Firefox 140', 'Linux', '2001:db8::7'])
    assert.deepEqual([user_agent, method, next_cursor], [firefox, 'password', null])
    assert.ok(!reply.text.includes('hash') && !reply.text.includes('handle'))
  })

  test('ending a session revokes its tokens at once', async () => {
    const client = clientAt(server().url)
    const { person, session: mine } = await arrived(client)
    const other = await signedIn(client, person)
    const bearer = mine.access_token
    assert.equal((await client.delete(`${sessions}/${other.session_id}`, { bearer })).status, 204)
    assert.equal(await isAccepted(client, other.access_token), false)
    assertRefused(await refresh(client, other.refresh_token), 'refresh_token_revoked')
    assert.equal((await client.delete(`${sessions}/${other.session_id}`, { bearer })).status, 204)
    assert.equal((await client.get(sessions, { bearer })).body.data.length, 1)
    assert.equal((await client.delete(`${sessions}/${mine.session_id}`, { bearer })).status, 204)
    assert.equal(await isAccepted(client, bearer), false)
  })
})

onBothEngines('sessions of the current user and of others', (engine) => {
  const server = serverForSuite(engine, { SIGIL_TRUSTED_PROXIES: '127.0.0.1,::1' })

  test('users can neither see nor end sessions of others', async () => {
    const client = clientAt(server().url)
    const { session: mine } = await arrived(client)
    const { session: theirs } = await arrived(client)
    const bearer = mine.access_token
    for (const id of [theirs.session_id, 'x', 'A'.repeat(22), `${mine.session_id}x`, "' or 1=1 --"]) {
      const reply = await client.delete(`${sessions}/${encodeURIComponent(id)}`, { bearer })
      assertRefused(reply, 'not_found')
    }
    assert.equal(await isAccepted(client, theirs.access_token), true)
    assert.equal(await isAccepted(client, bearer), true)
  })

  test('all sessions except the current one can be ended at once', async () => {
    const client = clientAt(server().url)
    const { person, session: mine } = await arrived(client)
    const others = [await signedIn(client, person), await signedIn(client, person)]
    const { session: theirs } = await arrived(client)
    const ended = await client.delete(sessions, { bearer: mine.access_token })
    assert.deepEqual([ended.status, ended.body.sessions_ended], [200, 2])
    for (const { access_token, refresh_token } of others) {
      assert.equal(await isAccepted(client, access_token), false)
      assertRefused(await refresh(client, refresh_token), 'refresh_token_revoked')
    }
    for (const { access_token, refresh_token } of [mine, theirs]) {
      assert.equal(await isAccepted(client, access_token), true)
      assert.equal((await refresh(client, refresh_token)).status, 200)
    }
    const none = await client.delete(sessions, { bearer: mine.access_token })
    assert.equal(none.body.sessions_ended, 0)
  })
})

onBothEngines('sign-in history', (engine) => {
  const server = serverForSuite(engine)

  test('the history is listed in pages, each entry once, newest first', async () => {
    const client = clientAt(server().url)
    const { person, session } = await arrived(client)
    const bearer = session.access_token
    const wrong = { login: person.email, password: 'not the password 77' }
    for (const _ of [1, 2, 3, 4]) await signIn(client, wrong)
    const lines: WireLine[] = []
    const sizes: number[] = []
    let cursor: string | null = null
    do {
      const query: string = cursor === null ? '' : `&cursor=${cursor}`
      const { body } = await client.get(`${history}?limit=2${query}`, { bearer })
      lines.push(...body.data)
      sizes.push(body.data.length)
      cursor = body.next_cursor
    } while (cursor !== null)
    assert.deepEqual(sizes, [2, 2, 1])
    const whole = (await client.get(history, { bearer })).body
    assert.deepEqual([whole.data, whole.next_cursor], [lines, null])
    assert.deepEqual(
      lines.map(({ outcome }) => outcome),
      [...Array(4).fill('wrong_credentials'), 'signed_in'],
    )
    const newest = lines.map(({ at }) => at)
    assert.deepEqual(newest, newest.toSorted().toReversed())
    assert.deepEqual(lines.at(-1)?.session_id, session.session_id)
  })
})

onBothEngines('sign-in history with invalid parameters', (engine) => {
  const server = serverForSuite(engine)

  test('the history rejects invalid limits and foreign cursors', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client)
    const bearer = session.access_token
    for (const limit of ['0', '201', '-1', '1.5', 'x', '', '1e2x', '1&limit=2', '%00', '9'.repeat(400)]) {
      assertFieldRefused(await client.get(`${history}?limit=${limit}`, { bearer }), '/limit')
    }
    const forged = [
      'x',
      '',
      '1.a',
      Buffer.from("1.a'b").toString('base64url'),
      'A'.repeat(201),
      '%00',
      'a&cursor=b',
    ]
    for (const cursor of forged) {
      assertFieldRefused(await client.get(`${history}?cursor=${cursor}`, { bearer }), '/cursor')
    }
    const early = Buffer.from('0.x').toString('base64url')
    assert.deepEqual((await client.get(`${history}?cursor=${early}`, { bearer })).body.data, [])
    for (const limit of ['1', '200']) {
      assert.equal((await client.get(`${history}?limit=${limit}`, { bearer })).status, 200)
    }
  })

  test('the history contains no entries of other users', async () => {
    const client = clientAt(server().url)
    const { session: theirs } = await arrived(client)
    const { session: mine } = await arrived(client)
    const reply = await client.get(history, { bearer: mine.access_token })
    assert.equal(reply.body.data.length, 1)
    assert.ok(!reply.text.includes(theirs.session_id))
  })
})
