import { AsyncResource } from 'node:async_hooks'
import { before } from 'node:test'
import type { Engine } from '#test/support/engines.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

/** One server for all tests of a suite, which make their own people and look at nobody else's. */
export function serverForSuite(engine: Engine, env: Record<string, string> = {}): () => TestServer {
  let server: TestServer | undefined
  // What is registered to be stopped waits for the end of the suite, where this was called, not of the hook.
  const start = AsyncResource.bind(() => startServer(engine, env))
  before(async () => {
    server = await start()
  })
  return () => {
    if (!server) throw new Error('The server of a suite is there inside its tests only')
    return server
  }
}
