import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after } from 'node:test'

/** The request that the app received, as it returns it to every client that the proxy lets through. */
export type Seen = {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export type ProtectedApp = { readonly port: number; readonly seen: readonly Seen[] }

/** An app without authentication, whose responses are cacheable by anyone for an hour. */
export async function startApp(): Promise<ProtectedApp> {
  const seen: Seen[] = []
  const server = createServer(async (request, response) => {
    const asked = await read(request)
    seen.push(asked)
    const isPlain = !asked.path.includes('/error/')
    response.writeHead(isPlain ? 200 : Number(asked.path.split('/').at(-1)), {
      'content-type': 'application/json',
      'cache-control': 'public, max-age=3600',
      expires: 'Fri, 01 Jan 2100 00:00:00 GMT',
    })
    response.end(JSON.stringify(asked))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { port, seen }
}

async function read(request: IncomingMessage): Promise<Seen> {
  const { method = '', url: path = '', headers } = request
  const body = (await request.setEncoding('utf8').toArray()).join('')
  const texts = Object.entries(headers).map(([name, value]) => [name, String(value)])
  return { method, path, headers: Object.fromEntries(texts), body }
}
