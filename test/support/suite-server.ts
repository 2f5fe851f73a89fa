import { AsyncResource } from 'node:async_hooks'
import { before } from 'node:test'
import type { Engine } from '#test/support/engines.ts'
import { cheapHashes, startServer, type TestServer } from '#test/support/server.ts'

/** One server for all tests of a suite. Each test makes its own users and looks only at those. */
export function serverForSuite(
  engine: Engine,
  env: Record<string, string> = {},
  hashing = cheapHashes,
): () => TestServer {
  let server: TestServer | undefined
  // Bound to the suite, so that the server is stopped at the end of the suite and not of the hook.
  const start = AsyncResource.bind(() => startServer(engine, env, hashing))
  before(async () => {
    server = await start()
  })
  return () => {
    if (!server) throw new Error('The server of a suite exists only inside its tests')
    return server
  }
}
