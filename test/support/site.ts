import type { World } from '#src/world/world.ts'
import { browserAt, type Client } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { serverForSuite } from '#test/support/suite-server.ts'

export type Site = {
  /** A new browser without cookies. */
  browser(userAgent?: string): Client
  url(): string
  world(): World
}

/** Registers a suite about pages, once for each engine, with one server for all its tests. */
export function onSite(name: string, body: (site: Site) => void, env: Record<string, string> = {}): void {
  onBothEngines(name, (engine) => {
    const server = serverForSuite(engine, env)
    body({
      browser: (userAgent) => browserAt(server().url, userAgent === undefined ? {} : { userAgent }),
      url: () => server().url,
      world: () => server().world,
    })
  })
}
