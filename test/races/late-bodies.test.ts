import assert from 'node:assert/strict'
import { test } from 'node:test'
import { browserAt, type Client, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrivedOnPage, sendForm } from '#test/support/forms.ts'
import {
  arrived,
  goodPassword,
  logOutEverywhere,
  newEmail,
  personWithRoles,
  signedIn,
  signIn,
} from '#test/support/people.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

const loggedOut = (client: Client, bearer: string) => async () => {
  assert.equal((await logOutEverywhere(client, bearer)).body.everywhere, true)
}

onBothEngines('bodies that arrive late', (engine) => {
  const server = serverForSuite(engine)

  test('a late body is accepted while its sender is still allowed to send it', async () => {
    const { url } = server()
    const client = clientAt(url)
    const { session } = await arrived(client)
    const late = { bearer: session.access_token, beforeBody: async () => {} }
    assert.equal((await client.patch('/api/v1/me', { full_name: 'Late' }, late)).status, 200)
  })

  test('a late body has no effect after its sender called logout_all', async () => {
    const { url, world } = server()
    const client = clientAt(url)
    const admin = await personWithRoles(world, ['default_user', 'admin'])
    const bearer = (await signedIn(client, admin)).access_token
    const email = newEmail()
    const newUser = { email, password: goodPassword, roles: ['admin'] }
    const late = { bearer, beforeBody: loggedOut(client, bearer) }
    assert.equal((await client.post('/api/v1/users', newUser, late)).status, 401)
    const attempt = await signIn(client, { login: email, password: goodPassword })
    assert.equal(attempt.status, 401)
  })

  test('a late body has no effect after its sender lost the admin role', async () => {
    const { url, world } = server()
    const client = clientAt(url)
    const [stays, goes] = [await personWithRoles(world, ['admin']), await personWithRoles(world, ['admin'])]
    const [other, bearer] = [
      (await signedIn(client, stays)).access_token,
      (await signedIn(client, goes)).access_token,
    ]
    const demoted = () => client.delete(`/api/v1/users/${goes.id}/roles/admin`, { bearer: other })
    const late = { bearer, beforeBody: demoted }
    assert.equal((await client.post('/api/v1/roles', { name: 'late' }, late)).status, 401)
    assert.equal((await client.get('/api/v1/roles/late', { bearer: other })).status, 404)
  })

  test('a late form has no effect after its page session has ended', async () => {
    const { url } = server()
    const browser = browserAt(url)
    const email = await arrivedOnPage(browser)
    const late = {
      raw: 'full_name=Late',
      headers: {
        cookie: `session=${browser.jar.valueOf('session')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      beforeBody: () => sendForm(browser, '/sign-out-everywhere'),
    }
    assert.equal((await clientAt(url).send('POST', '/account/profile', late)).status, 303)
    const me = await signedIn(clientAt(url), { email, password: goodPassword })
    assert.equal(me.user.full_name, null)
  })
})
