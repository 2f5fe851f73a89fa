import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { after, test } from 'node:test'
import { tcpProxy } from '#test/support/tcp-proxy.ts'

test('a TCP proxy delays responses and keeps their order', async () => {
  const server = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const proxy = await tcpProxy({ host: '127.0.0.1', port })
  const client = connect(proxy.port, '127.0.0.1').setEncoding('utf8').setNoDelay()
  after(async () => {
    client.destroy()
    await proxy.close()
    server.close()
  })
  const next = async () => String(await once(client, 'data'))
  client.write('soon')
  assert.equal(await next(), 'soon')
  proxy.delayAnswers(60)
  const began = performance.now()
  client.write('late')
  client.write('later')
  let heard = ''
  while (heard.length < 'latelater'.length) heard += await next()
  assert.equal(heard, 'latelater')
  assert.ok(performance.now() - began >= 59)
})
