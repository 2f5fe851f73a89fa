import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createPlainServer, type RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { callOutside, OutgoingFailed, type OutgoingPolicy } from '#src/http/outgoing.ts'
import { noCidrs, parseCidrs } from '#src/platform/addresses.ts'
import { isPublicAddress } from '#src/platform/public-addresses.ts'

const limits = { maxMs: 5000, maxBytes: 1024 * 1024 }
const production: OutgoingPolicy = { allowsLoopback: false, allowed: noCidrs, ...limits }
const development: OutgoingPolicy = { allowsLoopback: true, allowed: noCidrs, ...limits }

/** A certificate for localhost, which is its own authority. */
function certificate() {
  const folder = mkdtempSync(join(tmpdir(), 'sigil-test-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const words = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost'
  const name = 'subjectAltName=DNS:localhost,IP:127.0.0.1'
  const made = spawnSync('openssl', [...words.split(' '), '-addext', name, '-keyout', key, '-out', cert])
  assert.equal(made.status, 0, String(made.stderr))
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
}

async function listening(server: Server): Promise<number> {
  after(() => new Promise((resolve) => server.close(resolve)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

const { key, cert } = certificate()

async function tlsServer(answer: RequestListener) {
  const server = createServer({ key, cert }, answer)
  after(() => server.closeAllConnections())
  const policy = { ...development, ca: cert }
  return { server, url: `https://localhost:${await listening(server)}/`, policy }
}

function failsWith(text: RegExp) {
  return (error: unknown) => error instanceof OutgoingFailed && text.test(error.message)
}

describe('outgoing calls over TLS', () => {
  test('an outgoing call sends the method, headers and body and returns the answer', async () => {
    const { url, policy } = await tlsServer((request, response) => {
      request.setEncoding('utf8').on('data', (sent) => {
        response.writeHead(201, { 'x-seen': `${request.method} ${request.headers['x-mine']}` }).end(sent)
      })
    })
    const body = new URLSearchParams({ a: '1' })
    const response = await callOutside(policy, url, { method: 'POST', headers: { 'x-mine': 'yes' }, body })
    assert.equal(response.status, 201)
    assert.equal(response.headers.get('x-seen'), 'POST yes')
    assert.equal(await response.text(), 'a=1')
  })

  test('an outgoing call rejects certificates of an unknown authority', async () => {
    const { url } = await tlsServer((_request, response) => response.end('yes'))
    await assert.rejects(callOutside(development, url), failsWith(/self-signed/))
  })

  test('an outgoing call follows no redirect', async () => {
    let calls = 0
    const { url, policy } = await tlsServer((_request, response) => {
      calls++
      response.writeHead(302, { location: '/elsewhere' }).end()
    })
    await assert.rejects(callOutside(policy, url), failsWith(/redirect/))
    assert.equal(calls, 1)
  })

  test('in production an outgoing call reaches no loopback or private address', async () => {
    const { url, policy, server } = await tlsServer((_request, response) => response.end())
    let connections = 0
    server.on('connection', () => connections++)
    const port = new URL(url).port
    const hosts = ['localhost', '127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '2130706433', '0.0.0.0']
    const private_ = ['10.0.0.1', '169.254.169.254', '192.168.1.1', '172.16.0.1', '[fe80::1]', '[fd00::1]']
    for (const host of [...hosts, ...private_]) {
      const target = `https://${host}:${port}/`
      await assert.rejects(
        callOutside({ ...policy, allowsLoopback: false }, target),
        failsWith(/not a public address/),
        target,
      )
    }
    assert.equal(connections, 0)
  })
})

describe('destinations of outgoing calls', () => {
  test('an operator can allow a private range, only with https', async () => {
    const { url, policy } = await tlsServer((_request, response) => response.end('yes'))
    const parsed = parseCidrs(['127.0.0.0/8'])
    const allowed = parsed.kind === 'ok' ? parsed.cidrs : noCidrs
    const permitted = { ...policy, allowsLoopback: false, allowed }
    assert.equal(await (await callOutside(permitted, url)).text(), 'yes')
    await assert.rejects(callOutside(permitted, url.replace('https', 'http')), failsWith(/not https/))
  })

  test('plain http is for loopback in development only', async () => {
    const server = createPlainServer((_request, response) => response.end('yes'))
    const url = `http://127.0.0.1:${await listening(server)}/`
    assert.equal(await (await callOutside(development, url)).text(), 'yes')
    await assert.rejects(callOutside(production, url), failsWith(/not https/))
    await assert.rejects(callOutside(development, 'http://10.0.0.1/'), failsWith(/not a public address/))
    await assert.rejects(callOutside(development, 'file:///etc/passwd'), failsWith(/not https/))
    await assert.rejects(callOutside(development, 'https://a:b@localhost/'), failsWith(/password/))
  })

  test('a response that is too large or encoded is aborted', async () => {
    const large = await tlsServer((_request, response) => response.end(Buffer.alloc(1024 * 1024 + 1)))
    await assert.rejects(callOutside(large.policy, large.url), failsWith(/more than 1048576 bytes/))
    const packed = await tlsServer((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('?'),
    )
    await assert.rejects(callOutside(packed.policy, packed.url), failsWith(/encoded/))
  })

  test('a response that is too slow is aborted, before its headers and in its body', async () => {
    const silent = await tlsServer(() => {})
    const hurried = { ...silent.policy, maxMs: 100 }
    await assert.rejects(callOutside(hurried, silent.url), failsWith(/no complete answer within 100 ms/))
    const stuck = await tlsServer((_request, response) => response.writeHead(200).write('a'))
    await assert.rejects(callOutside(hurried, stuck.url), failsWith(/no complete answer within 100 ms/))
  })

  test('public addresses are distinguished from special ones', () => {
    for (const address of ['8.8.8.8', '172.15.0.1', '2606:4700::1111', '::ffff:8.8.8.8'])
      assert.ok(isPublicAddress(address), address)
    const others = ['100.64.0.1', '224.0.0.1', '255.255.255.255', '::', '64:ff9b::a00:1', '2002:a00:1::']
    for (const address of [...others, '::ffff:10.0.0.1', '2001:db8::1', 'localhost', ''])
      assert.ok(!isPublicAddress(address), address)
  })
})
