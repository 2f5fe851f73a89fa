import assert from 'node:assert/strict'
import { test } from 'node:test'
import { routes } from '#src/routes.ts'
import { browserAt, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { sendForm } from '#test/support/forms.ts'
import { arrived, goodPassword, isAccepted, newEmail } from '#test/support/people.ts'
import { assertRefused } from '#test/support/rejected.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

const env = {
  SIGIL_PUBLIC_URL: 'https://auth.example.org',
  SIGIL_CORS_ORIGINS: 'https://app.example.org,http://localhost:3000',
}

/** The headers of a call, in the order of the checks, and whether it is allowed. */
const calls: [Record<string, string>, boolean][] = [
  [{ 'sec-fetch-site': 'same-origin' }, true],
  [{ 'sec-fetch-site': 'none' }, true],
  [{ 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' }, true],
  [{ 'sec-fetch-site': 'cross-site', origin: 'https://auth.example.org' }, true],
  [{ 'sec-fetch-site': 'same-site', origin: 'https://app.example.org' }, true],
  [{ 'sec-fetch-site': 'cross-site', origin: 'http://localhost:3000' }, true],
  [{ origin: 'https://auth.example.org' }, true],
  [{}, true],
  [{ 'sec-fetch-site': 'same-site' }, false],
  [{ 'sec-fetch-site': 'cross-site' }, false],
  [{ 'sec-fetch-site': 'Same-Origin' }, false],
  [{ 'sec-fetch-site': '' }, false],
  [{ 'sec-fetch-site': 'same-origin, cross-site' }, false],
  [{ 'sec-fetch-site': 'same-site', origin: 'https://sibling.example.org' }, false],
  [{ 'sec-fetch-site': 'cross-site', origin: 'null' }, false],
  [{ origin: 'null' }, false],
  [{ origin: '' }, false],
  [{ origin: 'https://evil.example' }, false],
  [{ origin: 'https://sibling.example.org' }, false],
  [{ origin: 'https://auth.example.org.evil.example' }, false],
  [{ origin: 'http://auth.example.org' }, false],
  [{ origin: 'https://auth.example.org:8443' }, false],
  [{ origin: 'https://AUTH.example.org' }, false],
  [{ origin: 'https://auth.example.org, https://evil.example' }, false],
  [{ origin: '*' }, false],
]

onBothEngines('cross-site calls', (engine) => {
  const server = serverForSuite(engine, env)

  test('only our own and listed origins may open a session', async () => {
    const client = clientAt(server().url)
    const { person, session } = await arrived(client)
    const bodies = {
      '/api/v1/auth/signin': () => ({ login: person.email, password: person.password }),
      '/api/v1/auth/signup': () => ({ email: newEmail(), password: goodPassword }),
      '/api/v1/auth/refresh': () => ({ refresh_token: session.refresh_token }),
    }
    for (const [headers, passes] of calls) {
      for (const [path, body] of Object.entries(bodies)) {
        const reply = await client.post(path, body(), { headers })
        if (passes) assert.ok(reply.status < 300, `${path} ${JSON.stringify(headers)}: ${reply.text}`)
        else assertRefused(reply, 'cross_site')
      }
    }
  })

  test('only our own and listed origins may make changes with a cookie', async () => {
    const browser = browserAt(server().url)
    const { session } = await arrived(browser)
    for (const [headers, passes] of calls) {
      const edit = { full_name: JSON.stringify(headers) }
      const reply = await browser.patch('/api/v1/me', edit, { headers })
      if (passes) assert.equal(reply.body.full_name, edit.full_name)
      else assertRefused(reply, 'cross_site')
      if (passes) continue
      for (const [method, path] of [
        ['POST', '/api/v1/auth/logout'],
        ['POST', '/api/v1/auth/logout_all'],
        ['DELETE', '/api/v1/me'],
        ['DELETE', '/api/v1/me/sessions'],
        ['PUT', '/api/v1/me/password'],
      ]) {
        assertRefused(await browser.send(method ?? '', path ?? '', { headers }), 'cross_site')
      }
    }
    assert.equal(await isAccepted(clientAt(server().url), session.access_token), true)
  })

  test('a call with a bearer token may come from any origin', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client)
    for (const [headers] of calls) {
      const edit = { full_name: JSON.stringify(headers) }
      const reply = await client.patch('/api/v1/me', edit, { headers, bearer: session.access_token })
      assert.equal(reply.status, 200, reply.text)
    }
  })

  test('a cross-site read is answered', async () => {
    const browser = browserAt(server().url)
    await arrived(browser)
    const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
    assert.equal((await browser.get('/api/v1/me', { headers })).status, 200)
    assert.equal((await browser.get('/api/v1/auth/verify', { headers })).status, 204)
  })
})

onBothEngines('cross-site forms', (engine) => {
  const server = serverForSuite(engine, env)

  test('only our own and listed origins may send forms, even without a cookie', async () => {
    const client = clientAt(server().url)
    const all = routes.filter(({ surface, method }) => surface === 'page' && method === 'POST')
    const forms = all.filter(({ sameSiteOnly }) => sameSiteOnly)
    // They only redirect: nothing is changed, and no cookie set.
    const open = all.filter(({ sameSiteOnly }) => !sameSiteOnly).map(({ path }) => path)
    const redirecting = ['/api/v1/auth/providers/:name/callback', '/oauth/authorize', '/oauth/logout']
    assert.deepEqual(open, redirecting)
    for (const path of redirecting) {
      const reply = await sendForm(client, path.replace(':name', 'x'), {}, { origin: 'https://evil.example' })
      assert.deepEqual([reply.status === 403, reply.cookies], [false, []], path)
    }
    for (const { path } of forms) {
      for (const [headers, passes] of calls) {
        const reply = await sendForm(client, path.replace(':id', 'x'), {}, headers)
        assert.equal(reply.status === 403, !passes, `${path} ${JSON.stringify(headers)}: ${reply.status}`)
        if (!passes) assert.deepEqual(reply.cookies, [], path)
      }
    }
  })
})
