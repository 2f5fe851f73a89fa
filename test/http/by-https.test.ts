import assert from 'node:assert/strict'
import { test } from 'node:test'
import { browserAt, clientAt, type Reply } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrivedOnPage } from '#test/support/forms.ts'
import { arrived } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'

/** Answers of every kind: pages and the API, successes and errors, with and without a route. */
async function answersAt(url: string): Promise<Reply[]> {
  const client = clientAt(url)
  const { session } = await arrived(client)
  const bearer = session.access_token
  const browser = browserAt(url)
  await arrivedOnPage(browser)
  const paths = ['/', '/sign-in', '/account', '/docs', '/openapi.json', '/healthz', '/nowhere', '/..%2f/x']
  return [
    ...(await Promise.all(paths.map((path) => browser.get(path)))),
    await client.get('/api/v1/me', { bearer }),
    await client.get('/api/v1/me'),
    await client.get('/ext_authz/x', { bearer }),
    await client.get('/api/v1/auth/verify'),
    await client.send('DELETE', '/sign-in'),
    await client.send('HEAD', '/sign-in'),
    await client.post('/oauth/introspect'),
    await client.post('/api/v1/auth/logout', undefined, { bearer }),
  ]
}

onBothEngines('Strict-Transport-Security', (engine) => {
  test('every answer but those to proxies has Strict-Transport-Security behind https', async () => {
    const { url } = await startServer(engine, { SIGIL_PUBLIC_URL: 'https://auth.example.org' })
    for (const { headers, text } of await answersAt(url)) {
      assert.equal(headers['strict-transport-security'], 'max-age=15768000', text.slice(0, 200))
    }
    const { session } = await arrived(clientAt(url))
    const verified = await clientAt(url).get('/api/v1/auth/verify', { bearer: session.access_token })
    assert.deepEqual([verified.status, verified.headers['strict-transport-security']], [204, undefined])
  })

  test('no answer has Strict-Transport-Security over http', async () => {
    const { url } = await startServer(engine)
    for (const { headers } of await answersAt(url)) {
      assert.equal(headers['strict-transport-security'], undefined)
    }
  })
})
