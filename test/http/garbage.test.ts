import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { arrived } from '#test/support/people.ts'
import { rawExchange } from '#test/support/raw-socket.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

const host = 'Host: localhost\r\n'
const post = `POST /api/v1/auth/signin HTTP/1.1\r\n${host}Content-Type: application/json\r\n`

const garbage: Record<string, string | Buffer> = {
  zeros: Buffer.alloc(1000),
  'a TLS hello': Buffer.from('16030100c8010000c40303', 'hex'),
  'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'no method': ' / HTTP/1.1\r\n\r\n',
  'a made-up method': `SPEND / HTTP/1.1\r\n${host}\r\n`,
  'a made-up version': `GET / HTTP/9.9\r\n${host}\r\n`,
  'half a line': 'GET /api/v1/auth/ver',
  'half a header': `GET / HTTP/1.1\r\nHost: local`,
  'half a body': `${post}Content-Length: 100\r\n\r\n{"login":`,
  'no host': 'GET /healthz HTTP/1.1\r\n\r\n',
  'two hosts': `GET /healthz HTTP/1.1\r\n${host}Host: evil.example\r\n\r\n`,
  'a host with a space': 'GET /healthz HTTP/1.1\r\nHost: a b\r\n\r\n',
  'a host with a bracket': 'GET /healthz HTTP/1.1\r\nHost: [::1\r\n\r\n',
  'a host with credentials': 'GET /healthz HTTP/1.1\r\nHost: a@b/c?d#e\r\n\r\n',
  'a made-up URL': `GET http:// HTTP/1.1\r\n${host}\r\n`,
  'another scheme': `GET ftp://x/y HTTP/1.1\r\n${host}\r\n`,
  'a star': `OPTIONS * HTTP/1.1\r\n${host}\r\n`,
  'a trace': `TRACE /healthz HTTP/1.1\r\n${host}\r\n`,
  'a tunnel': `CONNECT evil.example:443 HTTP/1.1\r\n${host}\r\n`,
  'an upgrade': `GET /healthz HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
  'a NUL in a header': `GET /healthz HTTP/1.1\r\n${host}X: a\0b\r\n\r\n`,
  'a NUL in the path': `GET /he\0althz HTTP/1.1\r\n${host}\r\n`,
  'bytes over 127 in the path': Buffer.from(`GET /\xff\xfe HTTP/1.1\r\n${host}\r\n`, 'latin1'),
  'a header without a colon': `GET /healthz HTTP/1.1\r\n${host}what\r\n\r\n`,
  'a header without a name': `GET /healthz HTTP/1.1\r\n${host}: x\r\n\r\n`,
  'a folded header': `GET /healthz HTTP/1.1\r\n${host}X: a\r\n b\r\n\r\n`,
  'headers without end': `GET /healthz HTTP/1.1\r\n${host}X: ${'x'.repeat(100_000)}\r\n\r\n`,
  'two thousand headers': `GET /healthz HTTP/1.1\r\n${host}${'X: y\r\n'.repeat(2000)}\r\n`,
  'two lengths': `${post}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x`,
  'a length below zero': `${post}Content-Length: -1\r\n\r\n`,
  'a length in exponent notation': `${post}Content-Length: 1e1\r\n\r\n`,
  'a length and chunks': `${post}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /`,
  'a made-up encoding': `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
  'a chunk of no size': `${post}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
  'a chunk of every size': `${post}Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}`,
  'an expectation': `${post}Expect: the-unexpected\r\nContent-Length: 2\r\n\r\n{}`,
}

onBothEngines('malformed HTTP', (engine) => {
  const server = serverForSuite(engine)

  test('no bytes from a client cause a 5xx', async () => {
    const { url } = server()
    for (const [what, bytes] of Object.entries(garbage)) {
      const answer = await rawExchange(url, bytes)
      const lines = [...answer.matchAll(/^HTTP\/1\.1 (\d)\d\d/gm)].map(([, hundred]) => hundred)
      assert.ok(!lines.includes('5'), `${what}: ${answer}`)
    }
    assert.equal((await clientAt(url).get('/healthz')).status, 200)
  })

  test('ambiguous framing never gets a second answer', async () => {
    const inner = `GET /healthz HTTP/1.1\r\n${host}\r\n`
    const smuggled = [
      `${post}Content-Length: ${inner.length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${inner}`,
      `${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${inner}`,
      `${post}Transfer-Encoding : chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n${inner}`,
      `${post}Content-Length: 0\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`,
    ]
    for (const bytes of smuggled) {
      const answer = await rawExchange(server().url, bytes)
      assert.ok(!answer.includes('HTTP/1.1 200'), answer)
    }
  })
})

onBothEngines('odd paths', (engine) => {
  const server = serverForSuite(engine)

  test('a path that only resembles a route is not found', async () => {
    const client = clientAt(server().url)
    const { session } = await arrived(client)
    const bearer = session.access_token
    const odd = [
      '%',
      '%zz',
      '%00',
      '%ff',
      '%2e%2e',
      '..%2f',
      '%252e',
      'x%0d%0aSet-Cookie:a',
      '%ed%a0%80',
      '~'.repeat(8000),
    ]
    for (const path of odd) {
      const reply = await client.delete(`/api/v1/me/sessions/${path}`, { bearer })
      assert.equal(reply.status, 404, `${path}: ${reply.status} ${reply.text}`)
      assert.equal(reply.cookies.length, 0)
    }
    const shifted = [
      '/%61pi/v1/me',
      '//api/v1/me',
      '/api//v1/me',
      '/API/v1/me',
      '/api/v1/me%2f',
      '/./api/v1/me/..',
    ]
    for (const path of [
      ...shifted,
      '/api/v1/me;x=y',
      '/api/v1/me%00',
      '/api/v1/me%3f',
      '/..;/api/v1/me',
      '/%',
    ]) {
      const reply = await client.get(path, { bearer })
      assert.ok([200, 404].includes(reply.status), `${path}: ${reply.status}`)
      const unsigned = await client.get(path)
      assert.ok([401, 404].includes(unsigned.status), `${path}: ${unsigned.status}`)
    }
  })
})

onBothEngines('odd headers', (engine) => {
  const server = serverForSuite(engine)

  test('malformed headers cause no unexpected error', async () => {
    const client = clientAt(server().url)
    const cookies = [
      '=;;;',
      ';',
      ' ',
      'access_token',
      'access_token=',
      'access_token="x"',
      '\xff=\xff',
      'a'.repeat(9000),
    ]
    for (const cookie of cookies) {
      const headers = {
        cookie,
        'accept-language': cookie,
        accept: cookie,
        prefer: cookie,
        'content-type': cookie,
      }
      for (const path of ['/api/v1/me', '/api/v1/auth/verify', '/ext_authz']) {
        const reply = await client.get(path, { headers: { ...headers, cookie } })
        assert.ok(reply.status === 401 || reply.status === 431, `${cookie}: ${reply.status}`)
      }
    }
  })
})
