import type { Server, ServerResponse } from 'node:http'
import type { World } from '#src/world.ts'
import { ending } from '#src/world-ending.ts'

export type Drain = {
  /** Called with every response before anything of it is written. */
  prepare(response: ServerResponse): void
  /** Called with those that are not answered at once. */
  follow(response: ServerResponse): void
}

/**
 * A connection that is kept is the client's next call to a server that is about to be gone: as soon as the
 * end has begun, every answer says that it is the last one on its connection.
 */
export function drainOf(server: Server, world: World): Drain {
  const { signal } = ending(world)
  const underWay = new Set<ServerResponse>()
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
  }
}
