import assert from 'node:assert/strict'
import { once } from 'node:events'
import { eachProxy } from '#test/deploy/each-proxy.ts'
import { openSocket } from '#test/deploy/open-socket.ts'
import { openStubSite, signedInCookie } from '#test/deploy/stub-site.ts'

eachProxy('opens a WebSocket for a signed-in visitor, and bytes pass in both directions', async (run) => {
  const site = await openStubSite(run)
  site.renewed = ['access_token=new; Path=/']
  for (const path of ['/app/ws', '/app/admin/ws']) {
    const { status, socket } = await openSocket(site, path, {
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
    assert.equal((await openSocket(site, path, {})).status, 401)
    assert.equal((await openSocket(site, path, { cookie: 'access_token=forged' })).status, 401)
  }
  assert.deepEqual(site.seen, [])
})

eachProxy('opens no other tunnel to the app', async (run, proxy) => {
  const site = await openStubSite(run)
  // Traefik has no rule for unknown protocols; an app without support does not respond with 101.
  const others = proxy === 'traefik' ? [] : ['tunnel']
  for (const upgrade of ['h2c', 'H2C', 'websocket, h2c', 'h2c, websocket', ...others]) {
    const headers = { cookie: signedInCookie, upgrade, 'http2-settings': 'AAMAAABkAARAAAAAAAIAAAAA' }
    const { status } = await openSocket(site, '/app/ws', headers)
    assert.notEqual(status, 101, upgrade)
  }
  for (const { headers } of site.seen) assert.equal(headers.upgrade, undefined)
})
