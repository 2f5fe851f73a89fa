import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after } from 'node:test'

export type ServedDocument = {
  /** The URL of the document, which is its client id. */
  readonly url: string
  /** The served content: by default the document; it can be replaced or changed. */
  document: Record<string, unknown>
  status: number
  headers: Record<string, string>
  readonly reads: number
}

/** Serves a client ID metadata document on this machine, until the test file ends. */
export async function serveClientDocument(more: Record<string, unknown> = {}): Promise<ServedDocument> {
  const served = { url: '', document: {}, status: 200, headers: {}, reads: 0 }
  const server = createServer((_request, response) => {
    served.reads++
    response.writeHead(served.status, { 'content-type': 'application/json', ...served.headers })
    response.end(JSON.stringify(served.document))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  after(() => server.close())
  served.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/client.json`
  served.document = {
    client_id: served.url,
    client_name: 'Notes helper',
    redirect_uris: ['http://127.0.0.1/callback'],
    token_endpoint_auth_method: 'none',
    ...more,
  }
  return served
}
