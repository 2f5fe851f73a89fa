import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Client, clientAt, type Reply } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrived } from '#test/support/people.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

const listed = 'https://app.example.org'

onBothEngines('CORS', (engine) => {
  const server = serverForSuite(engine, { SIGIL_CORS_ORIGINS: `${listed},https://two.example.org` })

  test('a listed origin may read every answer, with credentials', async () => {
    for (const reply of await variousAnswers(clientAt(server().url), listed)) {
      assert.equal(reply.headers['access-control-allow-origin'], listed)
      assert.equal(reply.headers['access-control-allow-credentials'], 'true')
      assert.match(reply.headers.vary ?? '', /\bOrigin\b/)
    }
  })

  test('an origin that is not listed may read no answer, and answers vary by origin', async () => {
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
})

onBothEngines('CORS preflights', (engine) => {
  const server = serverForSuite(engine, { SIGIL_CORS_ORIGINS: listed })

  test('a preflight allows the headers that a tracing library adds', async () => {
    const client = clientAt(server().url)
    const wanted = 'Content-Type, traceparent, baggage, sentry-trace, x y, "quoted"'
    const { headers } = await client.send('OPTIONS', '/api/v1/auth/signin', {
      headers: {
        'access-control-request-method': 'POST',
        'access-control-request-headers': wanted,
        origin: listed,
      },
    })
    const allowed = headers['access-control-allow-headers'] ?? ''
    for (const name of ['content-type', 'traceparent', 'baggage', 'sentry-trace', 'authorization'])
      assert.ok(allowed.split(', ').includes(name), `${name} in ${allowed}`)
    assert.doesNotMatch(allowed, /quoted|x y/)
  })

  test('preflights of forward-auth URLs never get a 2xx', async () => {
    const client = clientAt(server().url)
    const headers = { origin: listed, 'access-control-request-method': 'GET' }
    for (const path of [
      '/api/v1/auth/verify',
      '/api/v1/auth/verify?role=admin',
      '/ext_authz',
      '/ext_authz/app/x',
    ]) {
      const { status } = await client.send('OPTIONS', path, { headers })
      assert.ok(status >= 400 && status < 500, `${path}: ${status}`)
    }
  })

  test('a preflight of a listed origin is answered without calling the route', async () => {
    const client = clientAt(server().url)
    const preflight = {
      'access-control-request-method': 'DELETE',
      'access-control-request-headers': 'content-type',
    }
    const paths = ['/api/v1/me', '/api/v1/auth/signin', '/api/v1/nowhere', '/openapi.json']
    for (const path of paths) {
      const allowed = await client.send('OPTIONS', path, { headers: { ...preflight, origin: listed } })
      assert.equal(allowed.status, 204)
      assert.equal(allowed.headers['access-control-allow-origin'], listed)
      assert.match(allowed.headers['access-control-allow-methods'] ?? '', /\bDELETE\b/)
      assert.match(allowed.headers['access-control-allow-headers'] ?? '', /\bcontent-type\b/)
      const rejected = await client.send('OPTIONS', path, {
        headers: { ...preflight, origin: 'https://evil.example' },
      })
      assert.deepEqual(corsIn(rejected), [])
      assert.ok(rejected.status >= 400 && rejected.status < 500, `${path}: ${rejected.status}`)
    }
  })
})

onBothEngines('CORS without listed origins', (engine) => {
  const server = serverForSuite(engine)

  test('without listed origins no other origin may read any answer', async () => {
    for (const origin of [listed, 'null', server().url]) {
      for (const reply of await variousAnswers(clientAt(server().url), origin)) {
        assert.deepEqual(corsIn(reply), [])
      }
    }
  })
})

onBothEngines('CORS outside the API', (engine) => {
  const server = serverForSuite(engine, { SIGIL_CORS_ORIGINS: listed })

  test('no origin may read pages, listed or not', async () => {
    for (const path of ['/', '/sign-in', '/docs', '/healthz', '/assets/nothing']) {
      assert.deepEqual(
        corsIn(await clientAt(server().url).get(path, { headers: { origin: listed } })),
        [],
        path,
      )
    }
  })
})

onBothEngines('CORS of public documents', (engine) => {
  const server = serverForSuite(engine, { SIGIL_CORS_ORIGINS: listed })

  test('any origin may read keys and metadata, without credentials and never as *', async () => {
    const client = clientAt(server().url)
    const documents = ['jwks.json', 'oauth-authorization-server', 'openid-configuration']
    for (const path of documents.map((name) => `/.well-known/${name}`)) {
      for (const origin of [listed, 'https://other.example', 'null']) {
        const { status, headers } = await client.get(path, { headers: { origin } })
        assert.deepEqual([status, headers['access-control-allow-origin']], [200, origin])
        assert.equal(headers['access-control-allow-credentials'], undefined)
        assert.match(headers.vary ?? '', /\bOrigin\b/)
      }
      const plain = await client.get(path)
      assert.deepEqual(corsIn(plain), [])
      assert.match(plain.headers.vary ?? '', /\bOrigin\b/)
    }
  })
})

/** Successes and errors, with and without a body, with and without a route. */
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
    await client.get('/.well-known/nothing', { headers }),
  ]
}

function corsIn({ headers }: Reply): string[] {
  return Object.keys(headers).filter((name) => name.startsWith('access-control-'))
}
