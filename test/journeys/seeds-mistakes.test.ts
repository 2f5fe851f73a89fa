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

// Far from UTC, so that a local time that is passed off as UTC is noticed.
process.env.TZ = 'Pacific/Auckland'

onBothEngines('what was once revoked', (engine) => {
  const server = serverForSuite(engine)

  test('is not revived by a second and a third logout everywhere', async () => {
    const client = clientAt(server().url)
    const person = await signedUp(client)
    const dead: string[] = []
    for (const _ of [1, 2, 3]) {
      const { access_token: bearer } = await signedIn(client, person)
      assert.equal((await logOutEverywhere(client, bearer)).status, 200)
      dead.push(bearer)
      for (const token of dead) assert.equal(await isAccepted(client, token), false)
    }
  })

  test('opens no protected route', async () => {
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

  test('is the access token of the session that logged out, too', async () => {
    const browser = browserAt(server().url)
    const { person } = await arrived(browser)
    const token = browser.jar.valueOf('access_token')
    const other = await signedIn(clientAt(server().url), person)
    assert.equal(await isAccepted(clientAt(server().url), token), true)
    assert.equal((await browser.post('/api/v1/auth/logout')).status, 204)
    assert.equal(await isAccepted(clientAt(server().url), token), false)
    assert.equal(await isAccepted(clientAt(server().url), other.access_token), true)
  })

  test('is a no for nginx, which takes any 2xx for a yes and would keep what it may', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client)
    const bearer = session.access_token
    const yes = await client.get('/api/v1/auth/verify', { bearer })
    assert.deepEqual([yes.status, yes.headers['cache-control']], [204, 'no-store'])
    await logOut(client, bearer)
    assertRefused(await client.get('/api/v1/auth/verify', { bearer }), 'not_signed_in')
  })
})

onBothEngines('a refresh token', (engine) => {
  test('that is spent twice is noticed, and ends its session and no other', async () => {
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

onBothEngines('a person', (engine) => {
  const server = serverForSuite(engine)

  test('who was made an administrator past the wire has a signature and can sign in', async () => {
    const client = clientAt(server().url)
    const admin = await personWithRoles(server().world, ['default_user', 'admin'])
    const { access_token: bearer, user } = await signedIn(client, admin)
    assert.deepEqual(user.roles, ['admin', 'default_user'])
    assert.equal((await client.get('/api/v1/auth/verify?role=admin', { bearer })).status, 204)
    const [head = ''] = bearer.split('.')
    const header = JSON.parse(Buffer.from(head, 'base64url').toString())
    assert.match(header.jti, /^[\w-]{22}$/)
  })

  test('who changes the password is signed out everywhere else', async () => {
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

  test('is let in by no token that a shared secret has signed', async () => {
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

  test('is told every time in UTC', async () => {
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

onBothEngines('a User-Agent', (engine) => {
  const server = serverForSuite(engine)

  test('of any length, of any bytes, or none signs in', async () => {
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
