import assert from 'node:assert/strict'
import { test } from 'node:test'
import { browserAt, type Client, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrived, isAccepted, refresh, signedIn, signedUp } from '#test/support/people.ts'
import { assertRefused } from '#test/support/rejected.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

const verify = '/api/v1/auth/verify'

onBothEngines('the cookie transport', (engine) => {
  const server = serverForSuite(engine)

  test('with the cookie transport neither token is in a body, at sign-in and at every refresh', async () => {
    const browser = browserAt(server().url)
    const person = await signedUp(browser)
    const session = await signedIn(browser, person, { transport: 'cookie' })
    const first = browser.jar.valueOf('refresh_token')
    assert.match(first, /^sgr_/)
    const next = await browser.post('/api/v1/auth/refresh')
    assert.equal(next.status, 200, next.text)
    const second = browser.jar.valueOf('refresh_token')
    assert.notEqual(second, first)
    assert.equal(session.user.id, person.id)
    for (const text of [JSON.stringify(session), next.text]) assertWithoutTokens(text)
    assert.equal(next.headers['cache-control'], 'no-store')
    assert.equal(await isAccepted(clientAt(server().url), browser.jar.valueOf('access_token')), true)
  })

  test('with the cookie transport a password change sets both cookies and returns no token', async () => {
    const browser = browserAt(server().url)
    const person = await signedUp(browser)
    await signedIn(browser, person, { transport: 'cookie' })
    const change = { current: person.password, new: 'another plum tarot 43' }
    const changed = await browser.put('/api/v1/me/password', change)
    assert.equal(changed.status, 200, changed.text)
    assertWithoutTokens(changed.text)
    assert.equal((await browser.post('/api/v1/auth/refresh')).status, 200)
  })

  test('the token cookies have attributes that keep scripts and other sites away', async () => {
    const browser = browserAt(server().url)
    await signedIn(browser, await signedUp(browser), { transport: 'cookie' })
    assert.deepEqual(attributesOf(browser, 'access_token'), ['Path=/', 'HttpOnly', 'SameSite=Lax'])
    const refresh = ['Path=/api/v1/auth', 'HttpOnly', 'SameSite=Strict']
    assert.deepEqual(attributesOf(browser, 'refresh_token'), refresh)
  })
})

onBothEngines('the body transport', (engine) => {
  const server = serverForSuite(engine)

  test('with the body transport no refresh cookie is set', async () => {
    const browser = browserAt(server().url)
    const { session } = await arrived(browser)
    assert.match(session.refresh_token, /^sgr_/)
    assert.ok(!browser.jar.names.includes('refresh_token'))
    const next = await refresh(browser, session.refresh_token)
    assert.match(next.body.refresh_token, /^sgr_/)
    assert.ok(!browser.jar.names.includes('refresh_token'))
  })

  test('signing out clears every cookie with the attributes it was set with', async () => {
    const browser = browserAt(server().url)
    await signedIn(browser, await signedUp(browser), { transport: 'cookie' })
    const before = ['access_token', 'refresh_token'].map((name) => attributesOf(browser, name))
    const out = await browser.post('/api/v1/auth/logout')
    assert.equal(out.status, 204)
    const cleared = out.cookies.map((cookie) => cookie.split('; '))
    assert.deepEqual(cleared.map(([pair]) => pair).sort(), ['access_token=', 'refresh_token=', 'session='])
    const after = cleared.slice(0, 2).map((parts) => parts.slice(1).filter((one) => !/^Max-Age/.test(one)))
    assert.deepEqual(after, before)
    assert.ok(cleared.every((parts) => parts.includes('Max-Age=0')))
    assert.deepEqual(
      browser.jar.names.filter((name) => /token|session/.test(name)),
      [],
    )
  })
})

onBothEngines('cookies over https', (engine) => {
  const env = { SIGIL_PUBLIC_URL: 'https://auth.example.org' }
  const server = serverForSuite(engine, env)

  test('cookies over https are secure and have names that no subdomain can set', async () => {
    const browser = browserAt(server().url)
    await signedIn(browser, await signedUp(browser), { transport: 'cookie' })
    const access = ['Path=/', 'HttpOnly', 'Secure', 'SameSite=Lax']
    assert.deepEqual(attributesOf(browser, '__Host-access_token'), access)
    const refresh = ['Path=/api/v1/auth', 'HttpOnly', 'Secure', 'SameSite=Strict']
    assert.deepEqual(attributesOf(browser, '__Secure-refresh_token'), refresh)
    assert.equal((await browser.get(verify)).status, 204)
    assert.equal((await browser.post('/api/v1/auth/refresh')).status, 200)
  })

  test('cookies over https are not read under their plain names or in another case', async () => {
    const browser = browserAt(server().url)
    await signedIn(browser, await signedUp(browser), { transport: 'cookie' })
    const client = clientAt(server().url)
    const token = browser.jar.valueOf('__Host-access_token')
    for (const name of ['access_token', '__host-access_token', '__Secure-access_token', ' access_token']) {
      assertRefused(await client.get(verify, { headers: { cookie: `${name}=${token}` } }), 'not_signed_in')
    }
    const refresh = browser.jar.valueOf('__Secure-refresh_token')
    const planted = { headers: { cookie: `refresh_token=${refresh}` } }
    assertRefused(await client.post('/api/v1/auth/refresh', undefined, planted), 'invalid_token')
  })
})

onBothEngines('access tokens of a call', (engine) => {
  const server = serverForSuite(engine)

  test('an invalid Bearer token does not fall back to the cookie', async () => {
    const client = clientAt(server().url)
    const { session: mine } = await arrived(client)
    const { session: other } = await arrived(client)
    const cookie = `access_token=${other.access_token}`
    const both = await client.get('/api/v1/me', { bearer: mine.access_token, headers: { cookie } })
    assert.equal(both.body.id, mine.user.id)
    for (const authorization of ['Bearer', 'Bearer x', 'bearer', 'bEARER ;', '']) {
      const headers = { cookie, authorization }
      assertRefused(await client.get('/api/v1/me', { headers }), 'not_signed_in')
      assertRefused(await client.get(verify, { headers }), 'not_signed_in')
    }
    assert.equal((await client.get('/api/v1/me', { headers: { cookie } })).body.id, other.user.id)
  })

  test('two cookies with the same name count as none', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client)
    const own = `access_token=${session.access_token}`
    for (const cookie of [`${own}; ${own}`, `${own}; access_token=x`, `access_token=; ${own}`, [own, own]]) {
      assertRefused(await client.get(verify, { headers: { cookie } }), 'not_signed_in')
      assertRefused(await client.get('/api/v1/me', { headers: { cookie } }), 'not_signed_in')
    }
    for (const cookie of [`a=b; ${own}`, [own, 'a=b'], `${own};`, `;;${own};=`, `xaccess_token=x; ${own}`]) {
      assert.equal((await client.get(verify, { headers: { cookie } })).status, 204)
    }
  })

  test('two Authorization headers count as none', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client)
    const own = `Bearer ${session.access_token}`
    for (const authorization of [
      [own, own],
      [own, 'Bearer x'],
    ]) {
      assertRefused(await client.get(verify, { headers: { authorization } }), 'not_signed_in')
      assertRefused(await client.get('/api/v1/me', { headers: { authorization } }), 'not_signed_in')
    }
    for (const scheme of ['Bearer', 'bearer', 'BEARER', 'Bearer  ']) {
      const headers = { authorization: `${scheme} ${session.access_token}` }
      assert.equal((await client.get(verify, { headers })).status, 204)
    }
  })
})

onBothEngines('refresh tokens of a call', (engine) => {
  const server = serverForSuite(engine)

  test('a refresh token in the body takes precedence over the one in the cookie', async () => {
    const client = clientAt(server().url)
    const { session: mine } = await arrived(client)
    const { session: other } = await arrived(client)
    const headers = { cookie: `refresh_token=${other.refresh_token}` }
    const { body } = await refresh(client, mine.refresh_token, { headers })
    assert.equal(body.user.id, mine.user.id)
    assertRefused(await refresh(client, 'x', { headers }), 'invalid_token')
  })
})

function assertWithoutTokens(text: string): void {
  assert.doesNotMatch(text, /sgr_|eyJ|access_token|refresh_token/)
}

function attributesOf({ jar }: Client, name: string): string[] {
  return jar.attributesOf(name).filter((attribute) => !attribute.startsWith('Max-Age='))
}
