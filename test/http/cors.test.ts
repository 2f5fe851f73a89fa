import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Client, clientAt, type Reply } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrived } from '#test/support/people.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

const listed = 'https://app.example.org'

onBothEngines('a page of another origin', (engine) => {
  const server = serverForSuite(engine, { SIGIL_CORS_ORIGINS: `${listed},https://two.example.org` })

  test('that is listed may read every answer, with the cookies of its reader', async () => {
    for (const reply of await variousAnswers(clientAt(server().url), listed)) {
      assert.equal(reply.headers['access-control-allow-origin'], listed)
      assert.equal(reply.headers['access-control-allow-credentials'], 'true')
      assert.match(reply.headers.vary ?? '', /\bOrigin\b/)
    }
  })

  test('that is not listed may read none, and caches are told that it matters', async () => {
    const others = [
      'https://evil.example',
      'null',
      `${listed}.evil.example`,
      `${listed}/`,
      'http://app.example.org',
    ]
    for (const origin of [...others, listed.toUpperCase(), '*', undefined]) {
      for (const reply of await variousAnswers(clientAt(server().url), origin)) {
        assert.deepEqual(corsIn(reply), [], origin)
        if (origin !== undefined) assert.match(reply.headers.vary ?? '', /\bOrigin\b/)
      }
    }
  })

  test('asks before it writes, and is answered without anything being done', async () => {
    const client = clientAt(server().url)
    const asks = {
      'access-control-request-method': 'DELETE',
      'access-control-request-headers': 'content-type',
    }
    const paths = [
      '/api/v1/me',
      '/api/v1/auth/signin',
      '/api/v1/nowhere',
      '/.well-known/jwks.json',
      '/openapi.json',
    ]
    for (const path of paths) {
      const yes = await client.send('OPTIONS', path, { headers: { ...asks, origin: listed } })
      assert.equal(yes.status, 204)
      assert.equal(yes.headers['access-control-allow-origin'], listed)
      assert.match(yes.headers['access-control-allow-methods'] ?? '', /\bDELETE\b/)
      assert.match(yes.headers['access-control-allow-headers'] ?? '', /\bContent-Type\b/)
      const no = await client.send('OPTIONS', path, { headers: { ...asks, origin: 'https://evil.example' } })
      assert.deepEqual(corsIn(no), [])
      assert.ok(no.status >= 400 && no.status < 500, `${path}: ${no.status}`)
    }
  })
})

onBothEngines('where no origin is listed', (engine) => {
  const server = serverForSuite(engine)

  test('no page elsewhere may read anything', async () => {
    for (const origin of [listed, 'null', server().url]) {
      for (const reply of await variousAnswers(clientAt(server().url), origin)) {
        assert.deepEqual(corsIn(reply), [])
      }
    }
  })
})

onBothEngines('what is no call of the API', (engine) => {
  const server = serverForSuite(engine, { SIGIL_CORS_ORIGINS: listed })

  test('is read by no page elsewhere, listed or not', async () => {
    for (const path of ['/', '/sign-in', '/docs', '/healthz', '/assets/nothing']) {
      assert.deepEqual(
        corsIn(await clientAt(server().url).get(path, { headers: { origin: listed } })),
        [],
        path,
      )
    }
  })
})

/** Good and bad, with and without a body, from the router and from beside it. */
async function variousAnswers(client: Client, origin: string | undefined): Promise<Reply[]> {
  const { session } = await arrived(client)
  const headers = { origin }
  const bearer = session.access_token
  return [
    await client.get('/api/v1/auth/verify', { headers, bearer }),
    await client.get('/api/v1/auth/verify', { headers }),
    await client.get('/api/v1/me', { headers, bearer }),
    await client.get('/api/v1/me', { headers }),
    await client.get('/api/v1/nowhere', { headers }),
    await client.send('DELETE', '/api/v1/auth/verify', { headers, bearer }),
    await client.patch('/api/v1/me', { unknown: 1 }, { headers, bearer }),
    await client.post('/api/v1/auth/signin', { login: 'x', password: 'x' }, { headers }),
    await client.get('/openapi.json', { headers }),
    await client.get('/.well-known/jwks.json', { headers }),
    await client.get('/.well-known/oauth-authorization-server', { headers }),
    await client.get('/.well-known/nothing', { headers }),
  ]
}

function corsIn({ headers }: Reply): string[] {
  return Object.keys(headers).filter((name) => name.startsWith('access-control-'))
}
