import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { nextTurn } from '#src/platform/clock.ts'
import { ending } from '#src/world/ending.ts'
import type { World } from '#src/world/world.ts'

export type Drain = {
  /** Called with every response before anything of it is written. */
  prepare(response: ServerResponse): void
  /** Called with responses that are not written at once. */
  follow(response: ServerResponse): void
  /** Accepts the connections that wait in the kernel, which would reset them when the port is closed. */
  acceptQueued(): Promise<void>
  /** Closes every connection without a request in flight, even if part of a request has arrived. */
  cutSilent(): void
}

/** The open connections. Must be called before the server listens. */
export function connectionsOf(server: Server): ReadonlySet<Socket> {
  const open = new Set<Socket>()
  server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  return open
}

/**
 * A client sends its next request on a kept connection to a server that is about to be gone. So as soon as
 * the server begins to end, every response closes its connection.
 */
export function drainOf(server: Server, open: ReadonlySet<Socket>, world: World): Drain {
  const { signal } = ending(world)
  const inFlight = new Set<ServerResponse>()
  // Node takes a connection for idle as soon as its response has ended, even while a slow reader has not
  // received most of it, and closes idle connections itself when it stops listening.
  const closeIdle = server.closeIdleConnections.bind(server)
  server.closeIdleConnections = () => {
    if (inFlight.size === 0) closeIdle()
  }
  signal.addEventListener('abort', () => {
    for (const response of inFlight) response.shouldKeepAlive = false
  })
  return {
    prepare(response) {
      if (signal.aborted) response.shouldKeepAlive = false
    },
    follow(response) {
      inFlight.add(response)
      response.once('close', () => {
        inFlight.delete(response)
        // A response whose head was sent before the end began has promised to keep its connection. While the
        // server still listens, an idle connection may have its next request on the way.
        if (!server.listening) server.closeIdleConnections()
      })
    },
    acceptQueued: () => acceptQueued(server),
    cutSilent() {
      const busy = new Set([...inFlight].map(({ req }) => req.socket))
      for (const socket of open) if (!busy.has(socket)) socket.destroy()
    },
  }
}

/** The backlog that Node asks the kernel for: so many connections can wait at most. */
const maxQueued = 511

/** Node accepts one connection in each turn of the event loop, so a single turn may come too early. */
const maxQuietTurns = 3

/** Bounded by the length of the queue, because clients may go on connecting for ever. */
async function acceptQueued(server: Server): Promise<void> {
  let accepted = 0
  const count = () => {
    accepted++
  }
  server.on('connection', count)
  for (let quietTurns = 0; quietTurns < maxQuietTurns && accepted < maxQueued; ) {
    const before = accepted
    await nextTurn()
    quietTurns = accepted === before ? quietTurns + 1 : 0
  }
  server.off('connection', count)
}
