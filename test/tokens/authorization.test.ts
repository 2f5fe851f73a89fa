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

test('an authorization is of another scheme only where it is plainly one and no Bearer', () => {
  for (const one of ofOthers) assert.equal(isOfOtherScheme(one), true, one)
  for (const one of [...notPlain, ...ofBearer]) assert.equal(isOfOtherScheme(one), false, one)
})

test('is looked at in no time, however it is made', () => {
  for (const part of [' ', 'a', 'a=', '=', ',', 'a=b,', 'a="', '\\"', ' , ', '+/']) {
    const began = process.cpuUsage()
    isOfOtherScheme(`Basic a=${part.repeat(16_384 / part.length)}\u0001`)
    isOfOtherScheme(`Basic ${part.repeat(16_384 / part.length)}\u0001`)
    assert.ok(process.cpuUsage(began).user < 100_000, part)
  }
})

onBothEngines('beside a good access cookie', (engine) => {
  const server = serverForSuite(engine)

  /** The ways of asking who is signed in; each gives who that is, or nobody. */
  const askers: Readonly<Record<string, (sent: Sent) => Promise<unknown>>> = {
    me: async (sent) => (await clientAt(server().url).get('/api/v1/me', sent)).body.id,
    'the fast lane': async (sent) => asked('/api/v1/auth/verify', sent),
    'forward-auth with a role': async (sent) => asked('/api/v1/auth/verify?role=default_user', sent),
    Envoy: async (sent) => asked('/ext_authz/some/page', sent),
    verify: async (sent) =>
      (await clientAt(server().url).post('/api/v1/auth/verify', undefined, sent)).body.user_id,
  }

  async function asked(path: string, sent: Sent): Promise<unknown> {
    return (await clientAt(server().url).get(path, sent)).headers['x-auth-user-id']
  }

  test('another scheme than Bearer says nothing about who calls', async () => {
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

  test('a Bearer, and whatever may hold one, beats it and does not fall back', async () => {
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

onBothEngines('with another scheme beside the cookie', (engine) => {
  const server = serverForSuite(engine)

  test('the fast lane answers as fast', async () => {
    const { url, world } = server()
    const { session } = await arrived(clientAt(url))
    const answered = async () =>
      Number(/^sigil_verify_from_memory_total (\d+)/m.exec(await world.metrics.text())?.[1])
    const before = await answered()
    const headers = { cookie: `access_token=${session.access_token}`, authorization: 'Basic eDp5' }
    assert.equal((await clientAt(url).get('/api/v1/auth/verify', { headers })).status, 204)
    assert.equal(await answered(), before + 1)
  })

  test('a call is one with a cookie, and so comes from no other site', async () => {
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

  test('says of a Bearer token that it is not good, and to who showed none only the scheme', async () => {
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

  test('says nothing of a Bearer token where nobody looked at it', async () => {
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
