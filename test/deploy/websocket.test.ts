import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import type { Socket } from 'node:net'
import { after } from 'node:test'
import { eachProxy } from '#test/deploy/each-proxy.ts'
import { openStubSite, type StubSite, signedInCookie } from '#test/deploy/stub-site.ts'

type Opened = { readonly status: number; readonly socket: Socket | undefined }

eachProxy('opens a WebSocket of a visitor who is signed in, and bytes pass both ways', async (run) => {
  const site = await openStubSite(run)
  site.renewed = ['access_token=new; Path=/']
  for (const path of ['/app/ws', '/app/admin/ws']) {
    const { status, socket } = await open(site, path, {
      cookie: `theme=dark; ${signedInCookie}`,
      'x-auth-user-id': 'root',
    })
    assert.equal(status, 101, path)
    assert.ok(socket)
    for (const word of ['first', 'second']) {
      socket.write(word)
      assert.equal(String((await once(socket, 'data'))[0]), word)
    }
    const { headers } = site.seen.at(-1) ?? assert.fail()
    assert.equal(headers['x-auth-user-id'], 'visitor')
    assert.doesNotMatch(headers.cookie ?? '', /good/)
    assert.equal(headers['sec-websocket-key'], 'dGhlIHNhbXBsZSBub25jZQ==')
  }
})

eachProxy('opens no WebSocket without a sign-in', async (run) => {
  const site = await openStubSite(run)
  for (const path of ['/app/ws', '/app/admin/ws']) {
    assert.equal((await open(site, path, {})).status, 401)
    assert.equal((await open(site, path, { cookie: 'access_token=forged' })).status, 401)
  }
  assert.deepEqual(site.seen, [])
})

eachProxy('opens no other tunnel to the app', async (run, proxy) => {
  const site = await openStubSite(run)
  // Traefik has no rule for what it does not know; an app that has none either does not answer 101.
  const others = proxy === 'traefik' ? [] : ['tunnel']
  for (const upgrade of ['h2c', 'H2C', 'websocket, h2c', 'h2c, websocket', ...others]) {
    const headers = { cookie: signedInCookie, upgrade, 'http2-settings': 'AAMAAABkAARAAAAAAAIAAAAA' }
    const { status } = await open(site, '/app/ws', headers)
    assert.notEqual(status, 101, upgrade)
  }
  for (const { headers } of site.seen) assert.equal(headers.upgrade, undefined)
})

async function open({ port }: StubSite, path: string, headers: Record<string, string>): Promise<Opened> {
  const call = request({
    host: '127.0.0.1',
    port,
    path,
    headers: {
      host: `localhost:${port}`,
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      ...headers,
    },
  })
  call.end()
  const { promise, resolve, reject } = Promise.withResolvers<Opened>()
  call.on('error', reject)
  call.on('response', (response: IncomingMessage) => {
    response.resume()
    resolve({ status: response.statusCode ?? 0, socket: undefined })
  })
  call.on('upgrade', (response: IncomingMessage, socket: Socket) => {
    after(() => socket.destroy())
    resolve({ status: response.statusCode ?? 0, socket })
  })
  return promise
}
