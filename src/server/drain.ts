import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { nextTurn } from '#src/platform/clock.ts'
import { ending } from '#src/world/ending.ts'
import type { World } from '#src/world/world.ts'

export type Drain = {
  /** Called with every response before any of it is written. */
  prepare(response: ServerResponse): void
  /** Called with responses that are not written at once. */
  follow(response: ServerResponse): void
  /** Accepts the connections in the kernel's queue, which would be reset when the port is closed. */
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
 * A client would send its next request on a kept-alive connection to a server that is about to stop. So once
 * the server begins to stop, every response closes its connection.
 */
export function drainOf(server: Server, open: ReadonlySet<Socket>, world: World): Drain {
  const { signal } = ending(world)
  const inFlight = new Set<ServerResponse>()
  // Node considers a connection idle as soon as its response has ended, even if a slow reader has not
  // received most of it, and closes idle connections when it stops listening.
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
        // A response whose headers were sent before the stop began has promised to keep its connection. While
        // the server still listens, the next request of an idle connection may be on its way.
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

/** The backlog that Node requests from the kernel: the maximum number of waiting connections. */
const maxQueued = 511

/** Node accepts one connection in each turn of the event loop, so a single turn may come too early. */
const maxQuietTurns = 3

/** Bounded by the length of the queue, because clients may keep connecting indefinitely. */
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
