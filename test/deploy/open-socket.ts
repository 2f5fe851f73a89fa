import { type IncomingMessage, request } from 'node:http'
import type { Socket } from 'node:net'
import { after } from 'node:test'

export type Opened = { readonly status: number; readonly socket: Socket | undefined }

/** Opens a WebSocket, which is closed when the running test ends. */
export async function openSocket(
  { port }: { port: number },
  path: string,
  headers: Record<string, string>,
): Promise<Opened> {
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
