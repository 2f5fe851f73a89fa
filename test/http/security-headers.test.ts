import assert from 'node:assert/strict'
import { test } from 'node:test'
import { browserAt, clientAt, type Reply } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrivedOnPage } from '#test/support/forms.ts'
import { arrived } from '#test/support/people.ts'
import { startServer } from '#test/support/server.ts'

/** Responses of every kind: pages and the API, successes and errors, with a route and without. */
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
    await client.get('/api/v1/auth/verify', { bearer }),
    await client.send('DELETE', '/sign-in'),
    await client.send('HEAD', '/sign-in'),
    await client.post('/oauth/introspect'),
    await client.post('/api/v1/auth/logout', undefined, { bearer }),
  ]
}

onBothEngines('security headers', (engine) => {
  test('over https every response sets Strict-Transport-Security for a year', async () => {
    const { url } = await startServer(engine, { SIGIL_PUBLIC_URL: 'https://auth.example.org' })
    for (const { headers, text } of await answersAt(url)) {
      assert.equal(headers['strict-transport-security'], 'max-age=31536000', text.slice(0, 200))
    }
  })

  test('over http no response sets Strict-Transport-Security', async () => {
    const { url } = await startServer(engine)
    for (const { headers } of await answersAt(url)) {
      assert.equal(headers['strict-transport-security'], undefined)
    }
  })

  test('every response forbids sniffing and framing, and only pages may load anything', async () => {
    const { url } = await startServer(engine)
    for (const { headers, text } of await answersAt(url)) {
      const policy = String(headers['content-security-policy'])
      assert.equal(headers['x-content-type-options'], 'nosniff', text.slice(0, 200))
      assert.match(policy, /frame-ancestors 'none'/, text.slice(0, 200))
      const isPage = headers['content-type']?.startsWith('text/html')
      if (!isPage) assert.equal(policy, "default-src 'none'; frame-ancestors 'none'")
    }
  })
})
