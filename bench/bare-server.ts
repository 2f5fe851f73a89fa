import { createServer } from 'node:http'
import { listenBare } from '#bench/listen.ts'

/** The limit for `GET /verify`: a server that always returns the same response. */
const headers = JSON.parse(process.argv[2] ?? '{}') as Record<string, string>
const server = createServer((_request, response) => {
  response.writeHead(204, headers).end()
})
listenBare(server)
