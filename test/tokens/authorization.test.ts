import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isOfOtherScheme } from '#src/http/authorization.ts'
import { browserAt, clientAt, type Sent } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrived, logOut } from '#test/support/people.ts'
import { assertRefused } from '#test/support/rejected.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

const ofOthers = [
  'Basic eDp5',
  'basic eDp5==',
  'Negotiate YIIabc+/=',
  'Token a.b-c_d',
  'Digest username="Bob", realm="a, Bearer b", qop=auth',
  'Digest realm="a \\" b"',
]

const notPlain = [
  '',
  'Basic',
  'Basic eDp5, Basic eDp5',
  'Basic eDp5,Bearer x',
  'Digest realm="a", Bearer x',
  'Digest realm="a, Bearer x',
  'Basic =',
  'Basic eDp5 eDp5',
  'a.b.c',
]

const ofBearer = ['Bearer', 'bearer', 'Bearer x', 'BEARER x y', 'Bearer ,', 'Bearer x, Basic eDp5']

test('an authorization of another scheme is recognized only if it is well formed and not Bearer', () => {
  for (const one of ofOthers) assert.equal(isOfOtherScheme(one), true, one)
  for (const one of [...notPlain, ...ofBearer]) assert.equal(isOfOtherScheme(one), false, one)
})

test('recognizing the scheme of an authorization takes linear time for any input', () => {
  for (const part of [' ', 'a', 'a=', '=', ',', 'a=b,', 'a="', '\\"', ' , ', '+/']) {
    const began = process.cpuUsage()
    isOfOtherScheme(`Basic a=${part.repeat(16_384 / part.length)}\u0001`)
    isOfOtherScheme(`Basic ${part.repeat(16_384 / part.length)}\u0001`)
    assert.ok(process.cpuUsage(began).user < 100_000, part)
  }
})

onBothEngines('an Authorization header together with an access cookie', (engine) => {
  const server = serverForSuite(engine)

  /** The ways to find out who is signed in; each returns the id of the user or undefined. */
  const askers: Readonly<Record<string, (sent: Sent) => Promise<unknown>>> = {
    me: async (sent) => (await clientAt(server().url).get('/api/v1/me', sent)).body.id,
    'the fast lane': async (sent) => userIdAt('/api/v1/auth/verify', sent),
    'forward-auth with a role': async (sent) => userIdAt('/api/v1/auth/verify?role=default_user', sent),
    Envoy: async (sent) => userIdAt('/ext_authz/some/page', sent),
    verify: async (sent) =>
      (await clientAt(server().url).post('/api/v1/auth/verify', undefined, sent)).body.user_id,
  }

  async function userIdAt(path: string, sent: Sent): Promise<unknown> {
    return (await clientAt(server().url).get(path, sent)).headers['x-auth-user-id']
  }

  test('an Authorization header of another scheme is ignored, and the cookie counts', async () => {
    const { session } = await arrived(clientAt(server().url))
    const cookie = `access_token=${session.access_token}`
    for (const [by, ask] of Object.entries(askers)) {
      for (const authorization of ofOthers) {
        const id = await ask({ headers: { cookie, authorization } })
        assert.equal(id, session.user.id, `${by}: ${authorization}`)
        assert.equal(await ask({ headers: { authorization } }), undefined, `${by}: ${authorization}`)
      }
    }
  })

  test('a Bearer header, even a malformed one, takes precedence over the cookie', async () => {
    const { session } = await arrived(clientAt(server().url))
    const cookie = `access_token=${session.access_token}`
    const own = `Bearer ${session.access_token}`
    const twice = [
      ['Basic eDp5', own],
      [own, 'Basic eDp5'],
      ['Basic eDp5', 'Basic eDp5'],
    ]
    for (const [by, ask] of Object.entries(askers)) {
      for (const authorization of [...ofBearer, ...notPlain, ...twice, session.access_token]) {
        const id = await ask({ headers: { cookie, authorization } })
        assert.equal(id, undefined, `${by}: ${authorization}`)
      }
    }
  })
})

onBothEngines('another scheme together with the cookie', (engine) => {
  const server = serverForSuite(engine)

  test('forward-auth with a cookie and Basic is answered from memory', async () => {
    const { url, world } = server()
    const { session } = await arrived(clientAt(url))
    const answered = async () =>
      Number(/^sigil_verify_from_memory_total (\d+)/m.exec(await world.metrics.text())?.[1])
    const before = await answered()
    const headers = { cookie: `access_token=${session.access_token}`, authorization: 'Basic eDp5' }
    assert.equal((await clientAt(url).get('/api/v1/auth/verify', { headers })).status, 204)
    assert.equal(await answered(), before + 1)
  })

  test('a call with a cookie and another scheme is checked for cross-site origin', async () => {
    const browser = browserAt(server().url)
    await arrived(browser)
    const edit = { full_name: 'Ann' }
    for (const authorization of ['Basic eDp5', 'Bearer', 'Basic eDp5, Bearer x', '']) {
      for (const site of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }]) {
        const headers = { authorization, ...site }
        assertRefused(await browser.patch('/api/v1/me', edit, { headers }), 'cross_site')
        assertRefused(await browser.post('/api/v1/auth/logout', undefined, { headers }), 'cross_site')
      }
    }
    const headers = { authorization: 'Basic eDp5', 'sec-fetch-site': 'same-origin' }
    assert.equal((await browser.patch('/api/v1/me', edit, { headers })).body.full_name, 'Ann')
  })
})

onBothEngines('the challenge of a 401', (engine) => {
  const server = serverForSuite(engine)
  const challenged = async (method: string, path: string, sent: Sent) => {
    const { status, headers } = await clientAt(server().url).send(method, `/api/v1${path}`, sent)
    assert.equal(status, 401)
    return headers['www-authenticate']
  }

  test('a 401 challenge reports invalid_token for a Bearer token and only the scheme otherwise', async () => {
    const { session } = await arrived(clientAt(server().url))
    await logOut(clientAt(server().url), session.access_token)
    const dead = session.access_token
    const calls = [
      ['GET', '/me'],
      ['GET', '/auth/verify'],
      ['GET', '/auth/verify?role=admin'],
      ['POST', '/auth/logout_all'],
      ['POST', '/revocations/poll'],
    ] as const
    for (const [method, path] of calls) {
      for (const authorization of [`Bearer ${dead}`, 'bearer x', 'Bearer', 'Bearer x, Bearer y']) {
        const challenge = await challenged(method, path, { headers: { authorization } })
        assert.equal(challenge, 'Bearer realm="sigil", error="invalid_token"', `${path} ${authorization}`)
      }
      for (const headers of [{}, { cookie: `access_token=${dead}` }, { authorization: 'Basic eDp5' }]) {
        const challenge = await challenged(method, path, { headers })
        assert.equal(challenge, 'Bearer realm="sigil"', `${path} ${JSON.stringify(headers)}`)
      }
    }
  })

  test('a 401 challenge does not report invalid_token if the Bearer token was not checked', async () => {
    const wrong = { login: 'nobody@example.org', password: 'not the password' }
    for (const [path, json] of [
      ['/auth/signin', wrong],
      ['/auth/refresh', { refresh_token: 'x' }],
    ] as const) {
      const challenge = await challenged('POST', path, { bearer: 'x', json })
      assert.equal(challenge, 'Bearer realm="sigil"', path)
    }
  })
})
