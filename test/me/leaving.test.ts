import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findUser } from '#src/users/users.sql.ts'
import { browserAt, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import {
  arrived,
  goodPassword,
  isAccepted,
  personWithRoles,
  refresh,
  refreshed,
  signedIn,
  signedUp,
  signIn,
} from '#test/support/people.ts'
import { assertRefused } from '#test/support/rejected.ts'
import { startServer } from '#test/support/server.ts'
import { serverForSuite } from '#test/support/suite-server.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'

const me = '/api/v1/me'

onBothEngines('account deletion', (engine) => {
  const server = serverForSuite(engine)

  test('deleting the account after a recent sign-in ends all sessions and frees the email', async () => {
    const browser = browserAt(server().url)
    const client = clientAt(server().url)
    const { person, session: mine } = await arrived(browser)
    const other = await signedIn(client, person)
    const { session: stranger } = await arrived(client)
    assert.equal((await browser.delete(me)).status, 204)
    assert.ok(!browser.jar.names.includes('access_token'))
    for (const { access_token, refresh_token } of [mine, other]) {
      assert.equal(await isAccepted(client, access_token), false)
      assertRefused(await refresh(client, refresh_token), 'invalid_token')
    }
    const login = { login: person.email, password: person.password }
    assertRefused(await signIn(client, login), 'wrong_credentials')
    assert.equal(await isAccepted(client, stranger.access_token), true)
    const again = await signedUp(client, { email: person.email })
    assert.notEqual(again.id, person.id)
    assert.equal(await isAccepted(client, mine.access_token), false)
  })

  test('deleting the account with a wrong password is rejected, even after a recent sign-in', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client)
    const bearer = session.access_token
    const wrong = { bearer, json: { password: 'not the password 77' } }
    assertRefused(await client.delete(me, wrong), 'wrong_password')
    assertRefused(await client.delete(me, { json: { password: goodPassword } }), 'not_signed_in')
    assert.equal(await isAccepted(client, bearer), true)
  })

  test('deleting the account long after the sign-in needs the password', async () => {
    const clock = testClock()
    const { url, world } = await serveTestWorld(engine, { clock })
    const client = clientAt(url)
    const { person, session } = await arrived(client)
    clock.forward(10 * 60_000 + 1000)
    const { access_token: bearer } = await refreshed(client, session.refresh_token)
    assertRefused(await client.delete(me, { bearer }), 'step_up_required')
    const sent = { bearer, json: { password: person.password } }
    assert.equal((await client.delete(me, sent)).status, 204)
    assert.equal(await findUser(world.db.query, person.id), undefined)
  })
})

onBothEngines('the last administrator', (engine) => {
  test('the last administrator cannot be deleted until another one can sign in', async () => {
    const { url, world } = await startServer(engine)
    const client = clientAt(url)
    const first = await personWithRoles(world, ['default_user', 'admin'])
    const { access_token: bearer } = await signedIn(client, first)
    assertRefused(await client.delete(me, { bearer }), 'last_admin')
    assertRefused(await client.delete(me, { bearer, json: { password: first.password } }), 'last_admin')
    assert.equal(await isAccepted(client, bearer), true)
    const second = await personWithRoles(world, ['admin'])
    assert.equal((await client.delete(me, { bearer })).status, 204)
    const session = await signedIn(client, second)
    assertRefused(await client.delete(me, { bearer: session.access_token }), 'last_admin')
  })
})
