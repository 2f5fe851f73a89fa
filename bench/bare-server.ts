import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The limit for `GET /verify`: a server that always returns the same response. */
const headers = JSON.parse(process.argv[2] ?? '{}') as Record<string, string>
const server = createServer((_request, response) => {
  response.writeHead(204, headers).end()
})
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
})
process.once('SIGTERM', () => process.exit(0))
