import { openControl } from '#src/cli/control-server.ts'
import { commands } from '#src/cli/table.ts'
import { endWithTest, type Place } from '#test/support/engines.ts'
import { startServer, type TestServer } from '#test/support/server.ts'
import { envOf } from '#test/support/sigil.ts'

/** Starts a server inside the process of the test that runs the commands for its data folder. */
export async function commandedServer(place: Place, env: Record<string, string> = {}): Promise<TestServer> {
  const server = await startServer(place, { ...envOf(place), ...env })
  const control = await openControl(server.world, async () => commands)
  let closed: Promise<void> | undefined
  endWithTest(place, () => {
    closed ??= control.close()
    return closed
  })
  return server
}
