import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { ending } from '#src/world/ending.ts'
import type { World } from '#src/world/world.ts'

export type Drain = {
  /** Called with every response before anything of it is written. */
  prepare(response: ServerResponse): void
  /** Called with those that are not answered at once. */
  follow(response: ServerResponse): void
  /** Closes every connection on which no call is under way, whatever was begun on it. */
  cutSilent(): void
}

/** The connections that are open, from the first one on: so it is asked for before anybody listens. */
export function connectionsOf(server: Server): ReadonlySet<Socket> {
  const open = new Set<Socket>()
  server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  return open
}

/**
 * A connection that is kept is the client's next call to a server that is about to be gone: as soon as the
 * end has begun, every answer says that it is the last one on its connection.
 */
export function drainOf(server: Server, open: ReadonlySet<Socket>, world: World): Drain {
  const { signal } = ending(world)
  const underWay = new Set<ServerResponse>()
  // Node takes a connection for idle as soon as its answer has an end, though its reader is slow and most of
  // it is still here; and it closes the idle ones itself when it stops listening.
  const closeIdle = server.closeIdleConnections.bind(server)
  server.closeIdleConnections = () => {
    if (underWay.size === 0) closeIdle()
  }
  signal.addEventListener('abort', () => {
    for (const response of underWay) response.shouldKeepAlive = false
  })
  return {
    prepare(response) {
      if (signal.aborted) response.shouldKeepAlive = false
    },
    follow(response) {
      underWay.add(response)
      response.once('close', () => {
        underWay.delete(response)
        // One whose head was sent before the end began did not say so. While calls are still taken, an idle
        // connection may have the next one on its way.
        if (!server.listening) server.closeIdleConnections()
      })
    },
    cutSilent() {
      const speaking = new Set([...underWay].map(({ req }) => req.socket))
      for (const socket of open) if (!speaking.has(socket)) socket.destroy()
    },
  }
}
