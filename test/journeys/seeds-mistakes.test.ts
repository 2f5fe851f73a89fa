import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SignJWT } from 'jose'
import { routes } from '#src/routes.ts'
import { browserAt, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import {
  arrived,
  isAccepted,
  logOut,
  logOutEverywhere,
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

// Far from UTC, so that a local time labelled as UTC is detected.
process.env.TZ = 'Pacific/Auckland'

onBothEngines('revoked tokens', (engine) => {
  const server = serverForSuite(engine)

  test('a revoked token is not revived by later logouts everywhere', async () => {
    const client = clientAt(server().url)
    const person = await signedUp(client)
    const revoked: string[] = []
    for (const _ of [1, 2, 3]) {
      const { access_token: bearer } = await signedIn(client, person)
      assert.equal((await logOutEverywhere(client, bearer)).status, 200)
      revoked.push(bearer)
      for (const token of revoked) assert.equal(await isAccepted(client, token), false)
    }
  })

  test('a revoked token is rejected by every protected endpoint', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client)
    const bearer = session.access_token
    const guarded = routes.filter(({ surface, guard }) => surface === 'api' && guard.proofs.length > 0)
    assert.ok(guarded.length >= 9)
    assert.equal((await client.get('/api/v1/me', { bearer })).status, 200)
    await logOut(client, bearer)
    for (const { method, path } of guarded) {
      const reply = await client.send(method, path.replaceAll(/:\w+/g, 'x'), { bearer })
      assert.equal(reply.status, 401, `${method} ${path}`)
    }
  })

  test('logging out revokes the access token of the session too', async () => {
    const browser = browserAt(server().url)
    const { person } = await arrived(browser)
    const token = browser.jar.valueOf('access_token')
    const other = await signedIn(clientAt(server().url), person)
    assert.equal(await isAccepted(clientAt(server().url), token), true)
    assert.equal((await browser.post('/api/v1/auth/logout')).status, 204)
    assert.equal(await isAccepted(clientAt(server().url), token), false)
    assert.equal(await isAccepted(clientAt(server().url), other.access_token), true)
  })

  test('a revoked token gets no 2xx from the endpoint for nginx, and no response may be cached', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client)
    const bearer = session.access_token
    const accepted = await client.get('/api/v1/auth/verify', { bearer })
    assert.deepEqual([accepted.status, accepted.headers['cache-control']], [204, 'no-store'])
    await logOut(client, bearer)
    assertRefused(await client.get('/api/v1/auth/verify', { bearer }), 'not_signed_in')
  })
})

onBothEngines('refresh tokens', (engine) => {
  test('a refresh token used twice ends its session and no other', async () => {
    const { url } = await startServer(engine, { SIGIL_REFRESH_GRACE: '0s' })
    const client = clientAt(url)
    const { person, session: first } = await arrived(client)
    const other = await signedIn(client, person)
    const second = await refreshed(client, first.refresh_token)
    assert.equal(await isAccepted(client, second.access_token), true)
    assertRefused(await refresh(client, first.refresh_token), 'refresh_token_reused')
    assertRefused(await refresh(client, second.refresh_token), 'refresh_token_reused')
    for (const { access_token } of [first, second])
      assert.equal(await isAccepted(client, access_token), false)
    assert.equal(await isAccepted(client, other.access_token), true)
    assert.equal((await refresh(client, other.refresh_token)).status, 200)
  })
})

onBothEngines('users', (engine) => {
  const server = serverForSuite(engine)

  test('an administrator created by the CLI has a signature and can sign in', async () => {
    const client = clientAt(server().url)
    const admin = await personWithRoles(server().world, ['default_user', 'admin'])
    const { access_token: bearer, user } = await signedIn(client, admin)
    assert.deepEqual(user.roles, ['admin', 'default_user'])
    assert.equal((await client.get('/api/v1/auth/verify?role=admin', { bearer })).status, 204)
    const [head = ''] = bearer.split('.')
    const header = JSON.parse(Buffer.from(head, 'base64url').toString())
    assert.match(header.jti, /^[\w-]{22}$/)
  })

  test('changing the password signs the user out everywhere else', async () => {
    const client = clientAt(server().url)
    const { person, session: mine } = await arrived(client)
    const other = await signedIn(client, person)
    const change = { current: person.password, new: 'another plum tarot 43' }
    const changed = await client.put('/api/v1/me/password', change, { bearer: mine.access_token })
    assert.equal(changed.status, 200, changed.text)
    assert.equal(await isAccepted(client, other.access_token), false)
    assertRefused(await refresh(client, other.refresh_token), 'refresh_token_revoked')
    assert.equal(await isAccepted(client, changed.body.access_token), true)
    assertRefused(await signIn(client, person), 'wrong_credentials')
    await signedIn(client, { ...person, password: change.new })
  })

  test('a token signed with a shared secret is rejected', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client)
    const [head = '', claims = ''] = session.access_token.split('.')
    const { kid, jti } = JSON.parse(Buffer.from(head, 'base64url').toString())
    const forged = new SignJWT(JSON.parse(Buffer.from(claims, 'base64url').toString()))
    forged.setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid, jti })
    for (const secret of ['secret', 'very secret key', 'practice']) {
      const token = await forged.sign(Buffer.from(secret))
      assert.equal(await isAccepted(client, token), false)
    }
  })

  test('all times in responses are UTC', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client)
    const bearer = session.access_token
    const me = (await client.get('/api/v1/me', { bearer })).body
    const [line] = (await client.get('/api/v1/me/history', { bearer })).body.data
    const [own] = (await client.get('/api/v1/me/sessions', { bearer })).body.data
    const times = [me.created_at, me.last_signed_in_at, line?.at, own?.created_at, own?.last_used_at]
    for (const time of times) {
      assert.match(time ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      const ageMs = server().world.clock.now() - Date.parse(time ?? '')
      assert.ok(ageMs >= 0 && ageMs < 60_000, `${time} is ${ageMs} ms old`)
    }
  })
})

onBothEngines('User-Agent', (engine) => {
  const server = serverForSuite(engine)

  test('a sign-in works with any User-Agent, or without one', async () => {
    const client = clientAt(server().url)
    const person = await signedUp(client)
    const credentials = { login: person.email, password: person.password }
    const agents = ['x'.repeat(10_000), 'x'.repeat(151), '', 'caf\xe9 \xff', undefined]
    for (const agent of agents) {
      const headers = { 'user-agent': agent }
      const reply = await client.post('/api/v1/auth/signin', credentials, { headers })
      assert.equal(reply.status, 200, reply.text)
      const bearer = reply.body.access_token
      const [newest] = (await client.get('/api/v1/me/history', { bearer })).body.data
      assert.equal(newest?.user_agent, (agent ?? '').trim().slice(0, 512))
    }
  })
})
