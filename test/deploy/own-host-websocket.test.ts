import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after } from 'node:test'
import { openSocket } from '#test/deploy/open-socket.ts'
import { browserOf, eachOwnHost, opened } from '#test/deploy/own-host-site.ts'
import { echo } from '#test/deploy/stub-site.ts'
import { browserAt } from '#test/support/client.ts'
import { arrivedOnPage } from '#test/support/forms.ts'

const seen: IncomingMessage[] = []

/** An app that echoes WebSocket messages. */
async function echoingApp(): Promise<number> {
  const server = createServer((_request, response) => response.end('the app'))
  server.on('upgrade', (request, socket) => {
    seen.push(request)
    echo(request, socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

eachOwnHost(
  'opens a WebSocket only with a ticket, and no other tunnel',
  async (site, proxy) => {
    const [browser, atSigil] = [browserOf(site), browserAt(site.sigil.url)]
    await arrivedOnPage(atSigil)
    await opened(site, browser, atSigil, '/')
    seen.length = 0
    const cookie = browser.jar.headerFor('/') ?? ''
    const { status, socket } = await openSocket(site, '/ws', { cookie, 'x-auth-user-id': 'root' })
    assert.equal(status, 101)
    for (const word of ['first', 'second']) {
      socket?.write(word)
      assert.equal(String((await once(socket ?? assert.fail(), 'data'))[0]), word)
    }
    const [request] = seen
    assert.match(String(request?.headers['x-auth-user-id']), /^[\w-]{22}$/)
    assert.equal(request?.headers.cookie, undefined)
    for (const forged of ['sigil_ticket=forged', 'x=1']) {
      assert.equal((await openSocket(site, '/ws', { cookie: forged })).status, 401)
    }
    assert.equal((await openSocket(site, '/admin/ws', { cookie })).status, 403)
    // Traefik has no rule for unknown protocols; an app without support does not respond with 101.
    const others = proxy === 'traefik' ? [] : ['tunnel']
    for (const upgrade of ['h2c', 'websocket, h2c', ...others]) {
      assert.notEqual((await openSocket(site, '/ws', { cookie, upgrade })).status, 101, upgrade)
    }
    assert.equal(seen.length, 1)
  },
  { toApp: echoingApp },
)
