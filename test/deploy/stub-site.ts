import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { after } from 'node:test'
import type { RunProxy } from '#test/deploy/each-proxy.ts'
import { freePort } from '#test/support/free-port.ts'

/** A proxy in front of an app and of a stand-in for Sigil, which responds as a test wants it to. */
export type StubSite = {
  /** The public origin: the proxy's. */
  readonly url: string
  readonly port: number
  /** The requests that reached the app, in order. */
  readonly seen: readonly IncomingMessage[]
  /** `Set-Cookie` in Sigil's response to the proxy. */
  renewed: readonly string[]
  /** `Set-Cookie` of the app's response. */
  setByApp: readonly string[]
}

/** With this cookie in the header, the visitor is signed in. */
export const signedInCookie = 'access_token=good'

export async function openStubSite(run: RunProxy): Promise<StubSite> {
  const own = await freePort()
  const seen: IncomingMessage[] = []
  const site: StubSite = { url: `http://localhost:${own}`, port: own, seen, renewed: [], setByApp: [] }
  const sigil = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://sigil')
    const isForEnvoy = pathname.startsWith('/ext_authz')
    if (!isForEnvoy && pathname !== '/api/v1/auth/verify') return response.end()
    if (!request.headers.cookie?.includes(signedInCookie)) return response.writeHead(401).end()
    const headers = { 'x-auth-user-id': 'visitor', 'x-auth-roles': 'admin', 'set-cookie': [...site.renewed] }
    return response.writeHead(isForEnvoy ? 200 : 204, headers).end()
  })
  const app = createServer((request, response) => {
    seen.push(request)
    response.writeHead(200, { 'set-cookie': [...site.setByApp] }).end('the app')
  })
  app.on('upgrade', (request, socket) => {
    seen.push(request)
    echo(request, socket)
  })
  await run({ own, sigil: [await listen(sigil)], app: await listen(app) })
  return site
}

/** Switches protocols, and echoes all data. */
export function echo({ headers }: IncomingMessage, socket: Duplex): void {
  socket.on('error', () => socket.destroy())
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${headers.upgrade}\r\n\r\n`,
  )
  socket.pipe(socket)
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}
