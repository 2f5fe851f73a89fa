import assert from 'node:assert/strict'
import { type ProtectedApp, type Seen, startApp } from '#test/deploy/protected-app.ts'
import type { Reply } from '#test/support/client.ts'
import { freshDatabaseUrl, type Place } from '#test/support/engines.ts'
import { freePort } from '#test/support/free-port.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

export type Ports = {
  /** Where the proxy listens. */
  readonly own: number
  readonly sigil: readonly number[]
  readonly app: number
}

export type Site<Proxy> = {
  /** The public origin: the proxy's. */
  readonly url: string
  readonly nodes: readonly TestServer[]
  readonly sigil: TestServer
  readonly app: ProtectedApp
  readonly proxy: Proxy
}

/** A proxy before Sigil and a protected app, until the running test ends. */
export async function openSite<Proxy>(run: (ports: Ports) => Promise<Proxy>): Promise<Site<Proxy>> {
  return openSiteOf(1, await freshDatabaseUrl('sqlite'), run)
}

/** The same with several nodes on one database. */
export async function openSiteOf<Proxy>(
  count: number,
  place: Place,
  run: (ports: Ports) => Promise<Proxy>,
): Promise<Site<Proxy>> {
  const own = await freePort()
  return openAt({ own, publicUrl: `http://localhost:${own}` }, count, place, run)
}

/** The same for a Sigil with an https URL, as if TLS ended at the proxy. */
export async function openSecureSite<Proxy>(run: (ports: Ports) => Promise<Proxy>): Promise<Site<Proxy>> {
  const at = { own: await freePort(), publicUrl: 'https://auth.example.org' }
  return openAt(at, 1, await freshDatabaseUrl('sqlite'), run)
}

async function openAt<Proxy>(
  { own, publicUrl }: { own: number; publicUrl: string },
  count: number,
  place: Place,
  run: (ports: Ports) => Promise<Proxy>,
): Promise<Site<Proxy>> {
  const env = { SIGIL_PUBLIC_URL: publicUrl, SIGIL_TRUSTED_PROXIES: '127.0.0.1' }
  const nodes: TestServer[] = []
  for (let node = 0; node < count; node++) nodes.push(await startServer(place, env))
  const [sigil] = nodes
  assert.ok(sigil)
  const app = await startApp()
  const proxy = await run({ own, sigil: nodes.map(portOf), app: app.port })
  return { url: `http://localhost:${own}`, nodes, sigil, app, proxy }
}

/** The request that the app received, if any. */
export function seenBy({ status, text }: Pick<Reply, 'status' | 'text'>): Seen {
  assert.equal(status, 200, text)
  return JSON.parse(text) as Seen
}

function portOf({ url }: TestServer): number {
  return Number(new URL(url).port)
}
