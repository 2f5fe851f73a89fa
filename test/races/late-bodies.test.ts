import assert from 'node:assert/strict'
import { request } from 'node:http'
import { test } from 'node:test'
import { browserAt, type Client, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrivedOnPage, sendForm } from '#test/support/forms.ts'
import { arrived, goodPassword, newEmail, personWithRoles, signedIn } from '#test/support/people.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

type Late = {
  readonly method: string
  readonly path: string
  readonly headers: Record<string, string>
  readonly body: string
}

/** Sends the head of a call, and its body only when `meanwhile` is over. Gives the status of the answer. */
function sentLate(url: string, late: Late, meanwhile: () => Promise<unknown>): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const { method, path, body } = late
  const { hostname, port } = new URL(url)
  const length = { 'content-length': String(Buffer.byteLength(body)) }
  // The server says "go on" when it has read the head, and so when it has begun to ask who calls.
  const headers = { ...late.headers, ...length, expect: '100-continue' }
  const call = request({ hostname, port, method, path, headers, agent: false }, (response) => {
    response.resume().on('end', () => resolve(response.statusCode ?? 0))
  })
  call.on('error', reject).flushHeaders()
  call.on('continue', () => meanwhile().then(() => call.end(body), reject))
  return promise
}

const json = (bearer: string) => ({
  authorization: `Bearer ${bearer}`,
  'content-type': 'application/json',
})

const loggedOut = (client: Client, bearer: string) => async () => {
  assert.equal((await client.post('/api/v1/auth/logout_all', {}, { bearer })).body.everywhere, true)
}

onBothEngines('a body that comes late', (engine) => {
  const server = serverForSuite(engine)

  test('is taken while its sender may still send it', async () => {
    const { url } = server()
    const { session } = await arrived(clientAt(url))
    const late = { method: 'PATCH', path: '/api/v1/me', headers: json(session.access_token) }
    const body = JSON.stringify({ full_name: 'Late' })
    assert.equal(await sentLate(url, { ...late, body }, async () => {}), 200)
  })

  test('does nothing once its sender was logged out everywhere', async () => {
    const { url, world } = server()
    const client = clientAt(url)
    const admin = await personWithRoles(world, ['default_user', 'admin'])
    const bearer = (await signedIn(client, admin)).access_token
    const email = newEmail()
    const body = JSON.stringify({ email, password: goodPassword, roles: ['admin'] })
    const late = { method: 'POST', path: '/api/v1/users', headers: json(bearer), body }
    assert.equal(await sentLate(url, late, loggedOut(client, bearer)), 401)
    const tried = await client.post('/api/v1/auth/signin', { login: email, password: goodPassword })
    assert.equal(tried.status, 401)
  })

  test('does nothing once its sender is no administrator any more', async () => {
    const { url, world } = server()
    const client = clientAt(url)
    const [stays, goes] = [await personWithRoles(world, ['admin']), await personWithRoles(world, ['admin'])]
    const [other, bearer] = [
      (await signedIn(client, stays)).access_token,
      (await signedIn(client, goes)).access_token,
    ]
    const late = { method: 'POST', path: '/api/v1/roles', headers: json(bearer), body: '{"name":"late"}' }
    const demoted = () => client.delete(`/api/v1/users/${goes.id}/roles/admin`, { bearer: other })
    assert.equal(await sentLate(url, late, demoted), 401)
    assert.equal((await client.get('/api/v1/roles/late', { bearer: other })).status, 404)
  })

  test('does nothing on a page whose session has ended', async () => {
    const { url } = server()
    const browser = browserAt(url)
    const email = await arrivedOnPage(browser)
    const late = {
      method: 'POST',
      path: '/account/profile',
      headers: {
        cookie: `session=${browser.jar.valueOf('session')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: 'full_name=Late',
    }
    assert.equal(await sentLate(url, late, () => sendForm(browser, '/sign-out-everywhere')), 303)
    const me = await signedIn(clientAt(url), { email, password: goodPassword })
    assert.equal(me.user.full_name, null)
  })
})
