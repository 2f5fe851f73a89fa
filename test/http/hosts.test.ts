import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { rawExchange } from '#test/support/raw-socket.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

/**
 * Each begins with an IPv4 address in the form that URL parsers accept, and has the length of its canonical
 * form.
 */
const leading = ['1/docs?', '1/docs#', '1\\docs?', '1/docs/']
const odd = [...leading, 'localhost/docs?', 'a@localhost/docs?', 'localhost:80/docs?', '/docs?', '?', '#', '']

onBothEngines('Host headers', (engine) => {
  const server = serverForSuite(engine)

  test('a malformed Host header does not turn a rejection into a success', async () => {
    const { url } = server()
    assert.equal((await clientAt(url).get('/docs')).status, 200)
    for (const host of odd) {
      for (const path of ['/ext_authz/app', '/api/v1/auth/verify', '/api/v1/auth/verify?role=admin']) {
        const answer = await rawExchange(url, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
        assert.match(answer, /^HTTP\/1\.1 40[01] /, `${host} ${path}: ${answer.slice(0, 200)}`)
      }
    }
  })
})
