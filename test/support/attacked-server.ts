import { browserAt, type Client, clientAt } from '#test/support/client.ts'
import type { Engine } from '#test/support/engines.ts'
import { arrivedOnPage } from '#test/support/forms.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

/** A server for a suite, with a client without cookies, and browsers of users who have just signed up. */
export function attackedServer(engine: Engine) {
  const server = serverForSuite(engine)
  return {
    server,
    world: () => server().world,
    client: (): Client => clientAt(server().url),
    async visitor(): Promise<Client> {
      const browser = browserAt(server().url)
      await arrivedOnPage(browser)
      return browser
    },
  }
}
