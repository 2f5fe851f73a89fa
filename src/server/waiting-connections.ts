import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { bucketOf } from '#src/platform/addresses.ts'

export type WaitingLimits = { readonly perNetwork: number; readonly inAll: number }

/** A real client sends its request within milliseconds. Those behind a proxy share its network. */
export const waitingLimits: WaitingLimits = { perNetwork: 200, inAll: 2000 }

/**
 * Limits the connections that wait for their client, in all and for each IPv4 address or IPv6 /64: those
 * without a request yet, and those whose request was answered before its body had arrived. Thousands of them
 * would fill the memory. Beyond the limit the one that has waited longest is closed, so that a new client is
 * served even while others hold all places. Must be called before the server listens.
 */
export function limitWaiting(server: Server, { perNetwork, inAll }: WaitingLimits = waitingLimits): void {
  const all = new Map<Socket, string>()
  const networks = new Map<string, Set<Socket>>()

  function end(socket: Socket): void {
    const network = all.get(socket)
    if (network === undefined) return
    all.delete(socket)
    const own = networks.get(network)
    own?.delete(socket)
    if (own?.size === 0) networks.delete(network)
  }

  function begin(socket: Socket): void {
    // A socket that is closed already has no address any more.
    if (socket.destroyed) return
    const network = bucketOf(socket.remoteAddress ?? '')
    const own = networks.get(network) ?? new Set()
    networks.set(network, own)
    own.add(socket)
    all.set(socket, network)
    const [oldest] = own.size > perNetwork ? own : all.size > inAll ? all.keys() : []
    if (!oldest) return
    end(oldest)
    oldest.destroy()
  }

  server.on('connection', (socket) => {
    begin(socket)
    socket.once('close', () => end(socket))
  })
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    end(request.socket)
    if (!announcesBody(request)) return
    response.once('finish', () => {
      if (!request.complete) begin(request.socket)
    })
  })
}

/** Read from the raw headers: Node builds `headers` on first use, which `GET /verify` does without. */
function announcesBody({ rawHeaders }: IncomingMessage): boolean {
  return rawHeaders.some((name, at) => at % 2 === 0 && isOfBody(name))
}

function isOfBody(name: string): boolean {
  const { length } = name
  if (length !== 'content-length'.length && length !== 'transfer-encoding'.length) return false
  const lower = name.toLowerCase()
  return lower === 'content-length' || lower === 'transfer-encoding'
}
